# Draws this figure from smollm2-135m--gemma-3-270m.dimension.dat, in the same folder: gnuplot smollm2-135m--gemma-3-270m.dimension.gp
data = "smollm2-135m--gemma-3-270m.dimension.dat"
set encoding utf8
set minussign
do for [picture in 'svg'] {
if (picture eq 'svg') { set terminal svg size 643,389 fixed font "sans-serif,12.0" background '#ffffff' }
svg = picture eq 'svg'
set xtics offset 0,(svg ? 0.3 : 0)
rows = svg ? 0.93 : 1.2
set output "smollm2-135m--gemma-3-270m.dimension.".picture
set border 3 linewidth 1 linecolor rgb '#8A8A8A'
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set grid ytics linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4' back
set lmargin at screen 0.10358
set rmargin at screen 0.98134
set tmargin at screen 0.87506
set bmargin at screen 0.12185
set label 1000 "Intrinsic dimension per token: smollm2-135m and gemma-3-270m" at screen 0.0112, screen 0.96607 left noenhanced font ',13.2' textcolor rgb '#222222' front
set label 1001 "components for 95 % of the variance" at screen 0.54246, screen 0.03239 center noenhanced textcolor rgb '#222222'
set label 1002 "share of tokens (%)" at screen 0.0168, screen 0.49846 center rotate by 90 noenhanced textcolor rgb '#222222'
set key at screen 0.05599, screen 0.93985 left top vertical maxrows 1 Left reverse noenhanced samplen 1.6 spacing rows width 1 textcolor rgb '#222222'
set yrange [0:*]
set xrange [338.0:450.0]
plot data index 'h0' using 1:2 with filledcurves y=0 fillcolor rgb '#0072B2' fillstyle transparent solid 0.16 noborder notitle, \
  data index 'h1' using 1:2 with filledcurves y=0 fillcolor rgb '#E69F00' fillstyle transparent solid 0.16 noborder notitle, \
  data index 'h0' using 1:2 with lines linewidth 1.8 dashtype 1 linecolor rgb '#0072B2' title "smollm2-135m (median 394)", \
  data index 'h1' using 1:2 with lines linewidth 1.8 dashtype (8,3) linecolor rgb '#E69F00' title "gemma-3-270m (median 389)"
set output
}
