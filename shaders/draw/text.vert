// Glyphs as quads in pixels, hung on a point of the world (anchor.w >= 1) or of the frame (0).
// Positions are rounded to whole pixels: glyphs were drawn for exactly this size.
// With HALO, anchor.w is 1 and the halo's reach in pixels, by which its quad is larger.
#include "include/camera.glsl"
#include "include/quad.glsl"
#include <glyph_quad readonly>
uniform vec2 atlas_px;

#if HALO
flat out vec4 v_glyph;  // where in the atlas the glyph begins and ends, texels
flat out float v_reach;
#endif
out vec2 v_texel;
flat out vec4 v_color;

void main() {
    GlyphQuadItem quad = glyph_quad[gl_VertexID / 6];
    vec2 unit = 0.5 + 0.5 * quad_corner();
    vec2 anchor_px = quad.anchor.xy;  // from the top left
    if (quad.anchor.w > 0.5) {
        vec4 clip = clip_from_view * view_from_node * vec4(quad.anchor.xyz, 1);
        if (clip.w <= 0.0) {
            gl_Position = vec4(2, 2, 2, 1);
            return;
        }
        anchor_px = (clip.xy / clip.w * vec2(0.5, -0.5) + 0.5) * viewport_px;
    }
    vec2 at = round(anchor_px) + round(quad.rect_px.xy) + unit * quad.rect_px.zw;
    v_texel = quad.texel.xy + unit * quad.texel.zw;
#if HALO
    v_reach = quad.anchor.w - 1.0;
    v_glyph = vec4(quad.texel.xy, quad.texel.xy + quad.texel.zw) + v_reach * vec4(1, 1, -1, -1);
#else
    v_texel /= atlas_px;
#endif
    v_color = quad.color;
    gl_Position = vec4(at / viewport_px * vec2(2, -2) + vec2(-1, 1), 0, 1);
}
