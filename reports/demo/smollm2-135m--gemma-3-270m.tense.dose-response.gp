# Draws this figure from smollm2-135m--gemma-3-270m.tense.dose-response.dat, in the same folder: gnuplot smollm2-135m--gemma-3-270m.tense.dose-response.gp
data = "smollm2-135m--gemma-3-270m.tense.dose-response.dat"
set encoding utf8
set minussign
do for [picture in 'svg'] {
if (picture eq 'svg') { set terminal svg size 643,421 fixed font "sans-serif,12.0" background '#ffffff' }
svg = picture eq 'svg'
set xtics offset 0,(svg ? 0.3 : 0)
rows = svg ? 0.93 : 1.2
set output "smollm2-135m--gemma-3-270m.tense.dose-response.".picture
set border 3 linewidth 1 linecolor rgb '#8A8A8A'
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set grid ytics linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4' back
set lmargin at screen 0.10358
set rmargin at screen 0.98134
set tmargin at screen 0.81045
set bmargin at screen 0.11449
set label 1000 "tense: smollm2-135m to gemma-3-270m" at screen 0.0112, screen 0.96865 left noenhanced font ',13.2' textcolor rgb '#222222' front
set label 1001 "dose (multiples of the calibrated norm)" at screen 0.54246, screen 0.03183 center noenhanced textcolor rgb '#222222'
set label 1002 "change of the log-odds (nats)" at screen 0.0168, screen 0.46247 center rotate by 90 noenhanced textcolor rgb '#222222'
set key at screen 0.05599, screen 0.94442 left top vertical maxrows 3 Left reverse noenhanced samplen 1.6 spacing rows width 1 textcolor rgb '#222222'
set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#8A8A8A'
set offsets 0, 0, graph 0.04, graph 0.04
set xrange [-1.59:1.59]
plot data index 'band' using 1:2:3 with filledcurves fillcolor rgb '#DDDDDD' fillstyle solid noborder title "199 vectors of permuted labels, 5–95 %", \
  data index 's0' using 1:3:4 with filledcurves fillcolor rgb '#0072B2' fillstyle transparent solid 0.16 noborder notitle, \
  data index 's0' using 1:2 with linespoints linewidth 2 dashtype 1 linecolor rgb '#0072B2' pointtype 7 pointsize 0.65 title "transferred", \
  data index 's1' using 1:3:4 with filledcurves fillcolor rgb '#E69F00' fillstyle transparent solid 0.16 noborder notitle, \
  data index 's1' using 1:2 with linespoints linewidth 2 dashtype 1 linecolor rgb '#E69F00' pointtype 5 pointsize 0.65 title "native", \
  data index 's2' using 1:2:3:4 with yerrorbars linewidth 0.9 linecolor rgb '#009E73' pointsize 0 notitle, \
  data index 's2' using 1:2 with linespoints linewidth 1.2 dashtype (6,4) linecolor rgb '#009E73' pointtype 9 pointsize 0.45 title "self-transfer", \
  data index 's3' using 1:2:3:4 with yerrorbars linewidth 0.9 linecolor rgb '#D55E00' pointsize 0 notitle, \
  data index 's3' using 1:2 with linespoints linewidth 1.2 dashtype (6,4) linecolor rgb '#D55E00' pointtype 13 pointsize 0.45 title "shuffled maps, 1 draw", \
  data index 's4' using 1:2:3:4 with yerrorbars linewidth 0.9 linecolor rgb '#56B4E9' pointsize 0 notitle, \
  data index 's4' using 1:2 with linespoints linewidth 1.2 dashtype (6,4) linecolor rgb '#56B4E9' pointtype 11 pointsize 0.45 title "native at equal divergence"
set output
}
