// Who is who in the demo data.

export const PASSWORD = 'demo2026';

/** Applicant of the property manager (20 reports of 50.00 yuan), a hospital with both receipt classes, and others. */
export const FIRST = '13900000001';
/** One household, one lift, 605.00 yuan. */
export const HOUSEHOLDER = '13900000002';
/** The chemical plant. */
export const PLANT = '13900000003';
/** Amusement park and cylinder filler. */
export const PARK = '13900000004';
/** Works, a builder and a wharf: units that pay by the bank. */
export const BUILDER = '13900000005';
/** The group with 2,000 payable reports and the unit with the longest name. */
export const GROUP = '13900000006';
/** The owner of a manufacturer that registered here. */
export const MAKER = '13900000007';
