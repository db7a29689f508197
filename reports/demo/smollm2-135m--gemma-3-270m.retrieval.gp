# Draws this figure from smollm2-135m--gemma-3-270m.retrieval.dat, in the same folder: gnuplot smollm2-135m--gemma-3-270m.retrieval.gp
data = "smollm2-135m--gemma-3-270m.retrieval.dat"
set encoding utf8
set minussign
do for [picture in 'svg'] {
if (picture eq 'svg') { set terminal svg size 643,403 fixed font "sans-serif,12.0" background '#ffffff' }
svg = picture eq 'svg'
set xtics offset 0,(svg ? 0.3 : 0)
rows = svg ? 0.93 : 1.2
set output "smollm2-135m--gemma-3-270m.retrieval.".picture
set border 3 linewidth 1 linecolor rgb '#8A8A8A'
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set grid ytics linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4' back
set lmargin at screen 0.10358
set rmargin at screen 0.98134
set tmargin at screen 0.84069
set bmargin at screen 0.11365
set label 1000 "P\1001 of 8907 held-out tokens" at screen 0.0112, screen 0.96725 left noenhanced font ',13.2' textcolor rgb '#222222' front
set label 1001 "method" at screen 0.54246, screen 0.03176 center noenhanced textcolor rgb '#222222'
set label 1002 "P\1001" at screen 0.0168, screen 0.47717 center rotate by 90 noenhanced textcolor rgb '#222222'
set key at screen 0.05599, screen 0.94194 left top vertical maxrows 2 Left reverse noenhanced samplen 1.6 spacing rows width 1 textcolor rgb '#222222'
set xtics ("least-squares" 0, "ridge" 1, "procrustes" 2, "logit-matching" 3) norotate scale 0 noenhanced textcolor rgb '#222222'
set xrange [-0.6:3.6]
set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#8A8A8A'
set yrange [0:1.179269875105402]
set label "0.92" at -0.30000000000000004, 0.9280978540421062 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.92" at 0.7, 0.9284122421819189 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.85" at 1.7, 0.861383446815311 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.77" at 2.7, 0.7822324683829462 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.95" at -0.09999999999999998, 0.9542138332679105 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.95" at 0.9, 0.9537842013479767 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.90" at 1.9, 0.9055377540737444 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.91" at 2.9, 0.9205496092695266 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.99" at 0.09999999999999998, 0.99380654457688 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.99" at 1.1, 0.9937002484697615 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.98" at 2.1, 0.980138032335325 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.97" at 3.1, 0.9741076354993472 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.00011" at 0.30000000000000004, 0.0006357262341266189 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.00045" at 1.3, 0.00115422842025371 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.00022" at 2.3, 0.0008184110245989122 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
set label "0.00011" at 3.3, 0.0006357262341266189 offset 0,0.3 left rotate by 90 font ',9.6' textcolor rgb '#222222'
plot data index 'b0' using 1:4:2:3:(0):4 with boxxyerror fillcolor rgb '#0072B2' fillstyle solid noborder title "NN, whole vocabulary", \
  data index 'e0' using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.1 linecolor rgb '#222222' notitle, \
  data index 'b1' using 1:4:2:3:(0):4 with boxxyerror fillcolor rgb '#E69F00' fillstyle solid noborder title "CSLS, whole vocabulary", \
  data index 'e1' using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.1 linecolor rgb '#222222' notitle, \
  data index 'b2' using 1:4:2:3:(0):4 with boxxyerror fillcolor rgb '#009E73' fillstyle solid noborder title "CSLS, held-out tokens", \
  data index 'e2' using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.1 linecolor rgb '#222222' notitle, \
  data index 'b3' using 1:4:2:3:(0):4 with boxxyerror fillcolor rgb '#DDDDDD' fillstyle solid border linecolor rgb '#8A8A8A' title "shuffled, held-out tokens", \
  data index 'e3' using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.1 linecolor rgb '#222222' notitle
set output
}
