// A faint weight as a hair, two pixels across, of SEGMENTS lines along its curve; the weight is the
// one VertexID / VERTICES from the end of selected.  Drawn at a REDUCTION of the frame's size.
//
// Reads selected, position, hub, edge_range, and what strengths are made of.
#include "include/camera.glsl"
#include "include/curve.glsl"
#include "include/depth_cue.glsl"
#include "include/edge_look.glsl"
#include "include/ribbon.glsl"
#include <selected readonly>
uniform uint edge_count;
uniform vec2 size_px;  // of the target, rounded up

flat out vec3 v_line;  // of a pixel (x, y, 1): how far from the hair, along the lesser axis
noperspective out float v_light;

const int VERTICES = 2 * SEGMENTS;

void main() {
    uint edge = selected[edge_count - 1u - uint(gl_VertexID / VERTICES)];
    Matrix matrix = matrix_of(edge);
    uvec2 ends = ends_of(edge, matrix);
    Curve curve = curve_between(ends);
    float segment = float(gl_VertexID % VERTICES / 2);
    vec3 from = view_of(point_on(curve, segment / float(SEGMENTS)));
    vec3 to = view_of(point_on(curve, (segment + 1.0) / float(SEGMENTS)));
    if (min(from.z, to.z) > -NEAR || !is_finite(from + to)) {  // behind the eye, or not a number
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    vec3 here = gl_VertexID % 2 == 0 ? cut(from, to) : cut(to, from);
    const float texels = 1.0 / float(REDUCTION);  // of a pixel
    vec2 texel_from = texels * (0.5 * viewport_px + shown_px(cut(from, to)));
    vec2 texel_to = texels * (0.5 * viewport_px + shown_px(cut(to, from)));
    vec2 along = texel_to - texel_from;
    float major = max(max(abs(along.x), abs(along.y)), 1e-4);
    vec2 normal = vec2(-along.y, along.x) / major;
    v_line = vec3(normal, -dot(normal, texel_from));

    Look look = look_of(edge, matrix, ends);
    // As much light as the ribbon (1 - x^2)^2 gives, whose integral is 16/15: the hair's profile
    // has the integral major / length.
    float width = texels * look.width * pixel_scale;
    float across = 16.0 / 15.0 * width * max(length(along), 1e-4) / major;
    v_light = look.light * across * depth_cue(here);
    gl_Position = clip_of(here);
    gl_Position.xy = (gl_Position.xy + 1.0) * texels * viewport_px / size_px - 1.0;
}
