// The input as the picture it is: one quad across the network's axis, one cell a pixel.
#include "include/camera.glsl"
#include "include/quad.glsl"
uniform vec3 center;
uniform vec2 extent;  // half width (along world z) and half height, world units

out vec2 v_uv;  // 0..1, origin at the top left as seen from the input side

void main() {
    vec2 corner = quad_corner();
    v_uv = vec2(0.5 + 0.5 * corner.x, 0.5 - 0.5 * corner.y);
    vec3 world = center + vec3(0, extent.y * corner.y, extent.x * corner.x);
    gl_Position = clip_from_view * view_from_node * vec4(world, 1);
}
