import { START_HELP, parseStartOptions } from "./options.ts";

/** `isopod COMMAND`: the commands of whoever runs clusters on this machine. */
interface Command { summary: string; run(args: readonly string[]): Promise<number> }

const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    summary: "start a control plane and nodes on this machine",
    run: async (args) => {
      const options = parseStartOptions(args);
      if (options === "help") return print(START_HELP);
      return (await import("./start.ts")).start(options);
    },
  },
  load: {
    summary: "put an image archive into the local nodes' runtimes",
    run: async (args) => (await import("./load.ts")).load(args),
  },
  logs: {
    summary: "print the control plane's log with the sources' lines",
    run: async (args) => (await import("./logs.ts")).logs(args),
  },
};

const HELP = `isopod COMMAND [options]

${Object.entries(COMMANDS).map(([name, command]) => `  ${name.padEnd(8)} ${command.summary}`).join("\n")}
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help") return print(HELP);
  const command = COMMANDS[name];
  if (!command) throw new Error(`there is no command "${name}"\n\n${HELP}`);
  return command.run(args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`isopod: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
