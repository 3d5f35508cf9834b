/** Of one picture of MNIST, 28 x 28. */
export const PIXELS = 784;
