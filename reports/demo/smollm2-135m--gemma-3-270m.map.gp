# Draws this figure from smollm2-135m--gemma-3-270m.map.dat, in the same folder: gnuplot smollm2-135m--gemma-3-270m.map.gp
data = "smollm2-135m--gemma-3-270m.map.dat"
set encoding utf8
set minussign
do for [picture in 'svg'] {
if (picture eq 'svg') { set terminal svg size 643,362 fixed font "sans-serif,12.0" background '#ffffff' }
svg = picture eq 'svg'
set xtics offset 0,(svg ? 0.3 : 0)
rows = svg ? 0.93 : 1.2
set output "smollm2-135m--gemma-3-270m.map.".picture
set border 3 linewidth 1 linecolor rgb '#8A8A8A'
set tics nomirror out scale 0.6 textcolor rgb '#222222'
set label 1000 "Shared tokens of smollm2-135m and gemma-3-270m" at screen 0.0112, screen 0.96354 left noenhanced font ',13.2' textcolor rgb '#222222' front
set label 1003 "Shade: order along the first axis of smollm2-135m, in both maps." at screen 0.0112, screen 0.02818 left noenhanced font ',10.2' textcolor rgb '#666666'
unset key
unset colorbox
set multiplot
set palette defined (0 '#E3D93A', 1 '#8FCB4E', 2 '#3DB07A', 3 '#23888E', 4 '#35608D', 5 '#472F7D', 6 '#2D0B45')
set style textbox opaque noborder fillcolor rgb '#40FFFFFF' margins 0.2,0.1
set xzeroaxis linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4'
set yzeroaxis linetype 1 linewidth 0.7 linecolor rgb '#E4E4E4'
set xrange [-3.1678585249126554:3.8434455009971975]
set yrange [-3.0818641261180533:3.9294398997917996]
set xtics 2.0
set ytics 1.0
set lmargin at screen 0.09705
set rmargin at screen 0.49067
set tmargin at screen 0.87238
set bmargin at screen 0.1732
set label 1004 "smollm2-135m" at screen 0.29386, screen 0.8989 center  noenhanced textcolor rgb '#222222'
set label 1005 "PC 1, 10 % of the variance" at screen 0.29386, screen 0.07707 center  noenhanced textcolor rgb '#222222'
set label 1006 "PC 2, 2.5 % of the variance" at screen 0.01493, screen 0.52279 center rotate by 90 noenhanced textcolor rgb '#222222'
set label 2000 "pre" at screen 0.152, screen 0.43543 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2001 "scrut" at screen 0.45221, screen 0.42259 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2002 "Balt" at screen 0.28445, screen 0.57 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2003 "fav" at screen 0.35527, screen 0.40272 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2004 "isolation" at screen 0.25753, screen 0.42367 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2005 "pestic" at screen 0.41691, screen 0.52757 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2006 "vector" at screen 0.18359, screen 0.50928 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2007 "indirectly" at screen 0.28771, screen 0.46017 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2008 "Congo" at screen 0.26502, screen 0.52243 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2009 "adequ" at screen 0.37573, screen 0.45109 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2010 "Portug" at screen 0.34077, screen 0.5452 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2011 "doctr" at screen 0.43624, screen 0.38828 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2012 "brought" at screen 0.19423, screen 0.39864 center noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2013 "unittest" at screen 0.34679, screen 0.59069 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
plot data index 'map0' using 1:2:3 with points pointtype 7 pointsize 0.18 linecolor palette notitle, \
  data index 'named0' using 1:2 with points pointtype 6 pointsize 0.55 linewidth 1.1 linecolor rgb '#222222' notitle
unset label 1000
unset label 1003
set xrange [-0.3758420844044744:0.5281779371557074]
set yrange [-0.5069282694544979:0.3970917521056839]
set xtics 0.2
set ytics 0.2
set lmargin at screen 0.58771
set rmargin at screen 0.98134
set tmargin at screen 0.87238
set bmargin at screen 0.1732
set label 1004 "gemma-3-270m" at screen 0.78453, screen 0.8989 center  noenhanced textcolor rgb '#222222'
set label 1005 "PC 1, 4.0 % of the variance" at screen 0.78453, screen 0.07707 center  noenhanced textcolor rgb '#222222'
set label 1006 "PC 2, 3.3 % of the variance" at screen 0.5056, screen 0.52279 center rotate by 90 noenhanced textcolor rgb '#222222'
set label 2000 "pre" at screen 0.677, screen 0.44007 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2001 "scrut" at screen 0.76618, screen 0.78163 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2002 "Balt" at screen 0.75361, screen 0.42864 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2003 "fav" at screen 0.68837, screen 0.5767 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2004 "isolation" at screen 0.66284, screen 0.63746 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2005 "pestic" at screen 0.81723, screen 0.73729 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2006 "vector" at screen 0.65442, screen 0.4724 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2007 "indirectly" at screen 0.72962, screen 0.74518 right noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2008 "Congo" at screen 0.72891, screen 0.49361 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2009 "adequ" at screen 0.81131, screen 0.65343 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2010 "Portug" at screen 0.76204, screen 0.46053 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2011 "doctr" at screen 0.82207, screen 0.77171 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2012 "brought" at screen 0.72116, screen 0.58003 left noenhanced front font ',9.6' textcolor rgb '#222222' boxed
set label 2013 "unittest" at screen 0.80824, screen 0.70181 center noenhanced front font ',9.6' textcolor rgb '#222222' boxed
plot data index 'map1' using 1:2:3 with points pointtype 7 pointsize 0.18 linecolor palette notitle, \
  data index 'named1' using 1:2 with points pointtype 6 pointsize 0.55 linewidth 1.1 linecolor rgb '#222222' notitle
unset multiplot
set output
}
