#!/usr/bin/env bash
# compose.sh OUTPUT: a clip of 62 s with sound and changing content, from the excerpt beside this script and generated
# sources. The same ffmpeg makes the same bytes; the file appears whole, by rename.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=${1:?usage: compose.sh OUTPUT}
partial=$output.partial.mp4
trap 'rm -f "$partial"' EXIT

video='scale=1280:720,setsar=1,fps=25,format=yuv420p,setpts=PTS-STARTPTS'
audio='aformat=sample_rates=48000:channel_layouts=stereo:sample_fmts=fltp,asetpts=PTS-STARTPTS'
filter="
[0:v]trim=0:5,$video,split=5[b0][b1][b2][b3][b4];
[0:a]aresample=48000,pan=stereo|FL=0.5*FL+0.35*FC+0.35*BL|FR=0.5*FR+0.35*FC+0.35*BR,apad,atrim=0:5,$audio,asplit=5[s0][s1][s2][s3][s4];
[b1]hflip[v1];[b2]hue=h=120[v2];[b3]reverse[v3];[b4]vflip,negate[v4];
testsrc2=size=1280x720:rate=25:duration=6,$video[g0];
mandelbrot=size=640x360:rate=25:end_scale=0.02,trim=0:8,$video[g1];
life=size=320x180:rate=25:mold=20:random_seed=7:ratio=0.3:death_color=#402040:life_color=#80f0a0,trim=0:6,$video[g2];
gradients=size=1280x720:rate=25:duration=6:speed=0.05:seed=11:nb_colors=5,$video[g3];
testsrc2=size=1280x720:rate=25:duration=6,noise=alls=12:allf=t:all_seed=5,rotate=a=t/6,$video[g4];
aevalsrc='0.2*sin(2*PI*(220+60*t)*t)|0.2*sin(2*PI*(330+40*t)*t)':duration=6:sample_rate=48000,$audio[t0];
aevalsrc='0.2*sin(2*PI*196*t)*exp(-mod(t,0.5)*6)|0.2*sin(2*PI*294*t)*exp(-mod(t,0.25)*8)':duration=8:sample_rate=48000,$audio[t1];
anoisesrc=duration=6:color=pink:seed=3:amplitude=0.1:sample_rate=48000,$audio[t2];
aevalsrc='0.2*sin(2*PI*440*t)|0.2*sin(2*PI*443*t)':duration=6:sample_rate=48000,$audio[t3];
aevalsrc='0.2*sin(2*PI*(880-120*t)*t)|0.2*sin(2*PI*(660-80*t)*t)':duration=6:sample_rate=48000,$audio[t4];
[b0][s0][g0][t0][v1][s1][g1][t1][v2][s2][g2][t2][v3][s3][g3][t3][v4][s4][g4][t4]concat=n=10:v=1:a=1[vx][ax];
[0:v]trim=0:5,hue=s=0,$video[v5];[0:a]aresample=48000,pan=stereo|FL=0.5*FL|FR=0.5*FR,apad,atrim=0:5,$audio[s5];
[vx][ax][v5][s5]concat=n=2:v=1:a=1[v][a]"

ffmpeg -hide_banner -loglevel error -nostdin -y -i "$here/bigbuckbunny.mp4" -filter_complex "$filter" \
    -map '[v]' -map '[a]' -c:v libx264 -preset veryfast -crf 20 -g 50 -threads 2 -c:a aac -b:a 160k \
    -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -movflags +faststart "$partial"
mv "$partial" "$output"
