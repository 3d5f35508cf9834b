/** Of one image of MNIST, 28 x 28. */
export const PIXELS = 784;
