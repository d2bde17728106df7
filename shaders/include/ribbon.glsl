// Corners of a ribbon that faces the eye along a curve, as wide as one likes in the picture.
//
//      .------.------.      joints j-1, j, j+1; the corners at a joint lie on its mitre and are the
//      |      |      |      same for both of its segments, so that these meet without a gap and
//      '------'------'      without light counted twice
//
// Positions come out divided by their w, so that a profile is affine in the picture; a way that
// passes the eye is cut there.
#include "include/camera.glsl"

const float NEAR = 0.0495;  // a little before the camera's own near plane, where the driver cuts
const float LONGEST_MITRE = 2.0;
// Farther from the eye than they are: ends that lie in the input's plane must not flicker through.
const float BEHIND = 1.003;

vec3 view_of(vec3 point) {
    return (view_from_node * vec4(point, 1)).xyz;
}

// The point, or, if it is behind the eye, where the way to it from `other`, which is not, is cut.
vec3 cut(vec3 point, vec3 other) {
    if (point.z <= -NEAR) return point;
    return mix(other, point, (other.z + NEAR) / min(other.z - point.z, -1e-6));
}

vec4 clip_of(vec3 view) {
    vec4 clip = clip_from_view * vec4(BEHIND * view, 1);
    return vec4(clip.xyz / clip.w, 1);
}

// From the picture's middle.
vec2 shown_px(vec3 view) {
    return 0.5 * viewport_px * clip_of(view).xy;
}

// Direction in the picture from one point to the next, 0 where there is none.
vec2 heading(vec3 from, vec3 to) {
    if (min(from.z, to.z) > -NEAR) return vec2(0);
    vec2 along = shown_px(cut(to, from)) - shown_px(cut(from, to));
    float length_px = length(along);
    return length_px > 1e-4 ? along / length_px : vec2(0);
}

// A corner so far to the left of the way `before` - `here` - `after`, and ahead of it; view space.
vec4 ribbon_corner(vec3 before, vec3 here, vec3 after, float left_px, float ahead_px) {
    vec3 seen = before.z < after.z ? before : after;
    if (min(here.z, seen.z) > -NEAR) return vec4(0, 0, -2, 1);  // all behind the eye
    vec2 coming = heading(before, here), going = heading(here, after);
    if (coming == vec2(0)) coming = going;
    if (coming == vec2(0)) coming = vec2(1, 0);
    if (going == vec2(0)) going = coming;
    vec2 along = coming + going;
    along = dot(along, along) > 1e-4 ? normalize(along) : coming;
    float mitre = 1.0 / max(dot(along, coming), 1.0 / LONGEST_MITRE);
    vec2 offset_px = left_px * mitre * vec2(-along.y, along.x) + ahead_px * along;
    vec4 clip = clip_of(cut(here, seen));
    clip.xy += offset_px * 2.0 / viewport_px;
    return clip;
}
