// From the light of a pixel to what is shown.  With TRANSPARENT, premultiplied sRGB: laid over the
// theme's background it looks as the opaque frame, exactly, for alpha is never less than it takes
// to get from the background's colour to the pixel's.
#include "include/background.glsl"
#include "include/color.glsl"

// Interleaved gradient noise (Jimenez 2014): breaks the bands of a dark gradient in 8 bits.
float dither(vec2 px) {
    return fract(52.9829189 * fract(dot(px, vec2(0.06711056, 0.00583715))));
}

// `cover`: how much of the background is hidden.
vec4 developed(vec3 color, float cover, vec2 uv) {
    vec3 shown = srgb_from_linear(color);
#if TRANSPARENT
    vec3 behind = srgb_from_linear(background(uv));
    vec3 change = shown - behind;
    vec3 needed = max(change / max(1.0 - behind, 1e-3), -change / max(behind, 1e-3));
    float alpha = clamp(max(cover, max(needed.r, max(needed.g, needed.b))), 0.0, 1.0);
    return vec4(max(shown - behind * (1.0 - alpha), 0.0), alpha);
#else
    return vec4(shown + (dither(gl_FragCoord.xy) - 0.5) / 255.0, 1);
#endif
}
