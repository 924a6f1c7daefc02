// How a post looks on a platform: {platform: (connection, part, {isFirst, isLast, isEmpty, face, pictures, picture}) => card}. Each
// has a script of its own, which only a page with such an account loads, before the composer's.
export const drawings = {};
