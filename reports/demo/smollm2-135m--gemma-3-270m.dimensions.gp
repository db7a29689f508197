# Draws this figure from smollm2-135m--gemma-3-270m.dimensions.dat, in the same folder: gnuplot smollm2-135m--gemma-3-270m.dimensions.gp
data = "smollm2-135m--gemma-3-270m.dimensions.dat"
set encoding utf8
set minussign
do for [picture in 'svg'] {
if (picture eq 'svg') { set terminal svg size 643,441 fixed font "sans-serif,12.0" background '#ffffff' }
svg = picture eq 'svg'
set xtics offset 0,(svg ? 0.3 : 0)
rows = svg ? 0.93 : 1.2
set output "smollm2-135m--gemma-3-270m.dimensions.".picture
set border 3 linewidth 1 linecolor rgb '#8A8A8A'
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set grid ytics linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4' back
set lmargin at screen 0.10358
set rmargin at screen 0.66345
set tmargin at screen 0.92517
set bmargin at screen 0.10884
set label 1000 "Local dimension of tokens: smollm2-135m and gemma-3-270m" at screen 0.0112, screen 0.97007 left noenhanced font ',13.2' textcolor rgb '#222222' front
set label 1001 "components in smollm2-135m" at screen 0.38351, screen 0.02993 center noenhanced textcolor rgb '#222222'
set label 1002 "components in gemma-3-270m" at screen 0.0168, screen 0.51701 center rotate by 90 noenhanced textcolor rgb '#222222'
unset key
set xrange [333.52:454.48]
set yrange [333.52:454.48]
set xtics 20.0
set ytics 20.0
set grid xtics ytics linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4' back
set label 1005 "r = 0.586" at screen 0.11477, screen 0.9034 left noenhanced front font ',10.8' textcolor rgb '#222222'
set logscale cb
set cbrange [1:47]
set cbtics scale 0.4 textcolor rgb '#222222'
set format cb '%.0f'
set palette defined (0 '#D6E6F4', 1 '#ABCFE5', 2 '#6AAED6', 3 '#3787C0', 4 '#105BA4', 5 '#08306B')
set colorbox noborder user origin screen 0.67838, screen 0.54422 size screen 0.0168, screen 0.38095
set label 1004 "tokens" at screen 0.76983, screen 0.73469 center rotate by 90 noenhanced textcolor rgb '#222222'
plot data index 'squares' using 1:2:(1.02):(1.02):3 with boxxyerror fillcolor palette fillstyle solid noborder notitle, \
  data index 'equal' using 1:2 with lines dashtype (6,4) linewidth 1 linecolor rgb '#8A8A8A' notitle
set output
}
