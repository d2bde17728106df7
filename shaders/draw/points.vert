// Data on the input plane as discs that face the eye; six vertices a point, and last the ring
// around the shown one.  Each disc stands as far before the plane as it would otherwise cut it.
// Reads sample_point.
#include "include/camera.glsl"
#include "include/finite.glsl"
#include "include/quad.glsl"
#include <sample_point readonly>
uniform vec3 center;
uniform vec2 extent;      // of the plane: half width (along world z) and half height
uniform uint point_count;
uniform vec2 shown;       // 0..1, y up
uniform float radius_px;  // nominal

out vec2 v_place_px;      // from the disc's centre
flat out float v_radius_px;
flat out float v_faintness;
flat out int v_class;     // -1 for the ring

const float MARGIN_PX = 1.0;
const float RING = 2.0;   // radii

void main() {
    uint index = uint(gl_VertexID / 6);
    bool ring = index == point_count;
    vec2 place = ring ? shown : sample_point[index].xy;
    vec2 across = (2.0 * place - 1.0) * extent;
    vec3 view = (view_from_node * vec4(center + vec3(0, across.y, across.x), 1)).xyz;
    if (!is_finite(view) || view.z > -1e-3) {
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    float wanted = radius_px * pixel_scale;
    float drawn = max(wanted, 0.75);  // smaller means fainter
    v_faintness = ring ? 1.0 : wanted * wanted / (drawn * drawn);
    v_radius_px = drawn * (ring ? RING : 1.0);
    v_class = ring ? -1 : int(sample_point[index].z + 0.5);
    v_place_px = quad_corner() * (v_radius_px + MARGIN_PX + (ring ? drawn : 0.0));

    float world_per_px = 2.0 * -view.z / (clip_from_view[1][1] * viewport_px.y);
    float cosine = max(abs(dot(normalize(view), mat3(view_from_node) * vec3(1, 0, 0))), 0.15);
    float before = (v_radius_px + 2.0) * world_per_px * sqrt(1.0 - cosine * cosine) / cosine;
    vec4 clip = clip_from_view * vec4(view, 1);
    vec4 nearer = clip_from_view
        * vec4(view * (1.0 - min((before + 0.002 * extent.y) / length(view), 0.5)), 1);
    vec2 at = clip.xy / clip.w + v_place_px * 2.0 / viewport_px;
    gl_Position = vec4(at, nearer.z / nearer.w, 1);
}
