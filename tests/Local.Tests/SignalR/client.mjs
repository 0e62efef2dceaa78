// The SignalR client as a Node program uses it, its own HTTP client included: connects with the URL and token given, prints what happens as one JSON value a line,
// and obeys the lines on its standard input: {"invoke": name} or {"stop": true}.
import { createInterface } from "node:readline";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const [url, accessToken] = process.argv.slice(2);
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const connection = new HubConnectionBuilder()
  .withUrl(url, { accessTokenFactory: () => accessToken, transport: HttpTransportType.WebSockets })
  .configureLogging(LogLevel.None)
  .build();
for (const target of ["token", "done", "error"])
  connection.on(target, (...args) => say({ target, arguments: args }));
connection.onclose((error) => say({ closed: error ? String(error.message) : "" }));

createInterface({ input: process.stdin }).on("line", async (line) => {
  const command = JSON.parse(line);
  if (command.stop) {
    await connection.stop();
    process.exit(0);
  }
  try {
    say({ result: (await connection.invoke(command.invoke, 1, { a: 2 })) ?? null });
  } catch (error) {
    say({ refused: error.message });
  }
}).on("close", () => process.exit(0));

try {
  await connection.start();
  say({ connected: connection.connectionId });
} catch (error) {
  say({ failed: error.message });
  process.exit(1);
}
