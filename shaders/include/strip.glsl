// A triangle strip of SEGMENTS parts for each of many ribbons.
//
//     0 -- 2 -- 4 --     corners, two at every joint; the first and the last come twice, which
//     |    |    | ..     parts one ribbon from the next
//     1 -- 3 -- 5 --
const int STRIP_VERTICES = 2 * (SEGMENTS + 1) + 2;

// Joint 0..SEGMENTS, and side -1 or 1, of a ribbon's vertex.
ivec2 strip_corner(int vertex) {
    int corner = clamp(vertex - 1, 0, 2 * SEGMENTS + 1);
    return ivec2(corner / 2, 2 * (corner & 1) - 1);
}
