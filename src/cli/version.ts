/** The version in package.json; a test compares the two. Written here so that neither the bundle nor the source has to look for that file. */
export const version = "0.1.0";
