"""What the renderer raises: one sentence, naming the thing, what was expected and what came."""


class GraphicsError(RuntimeError):
    """OpenGL, a window or a driver cannot do what is needed."""


class ShaderError(GraphicsError):
    """A shader does not compile or link; the message names file and line."""
