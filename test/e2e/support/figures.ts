/** A measured figure for whoever reads the test's output. Not asserted: other load on the machine moves it. */
export function recordFigure(name: string, value: number, unit: string): void {
  process.stdout.write(`  ${name}: ${value.toFixed(value < 10 ? 2 : 0)} ${unit}\n`);
}
