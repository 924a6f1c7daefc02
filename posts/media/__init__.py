"""Pictures, GIFs and videos: what their bytes are, where they are kept, and how they are served."""
