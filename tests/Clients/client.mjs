// Talks to a router with nothing but its address: every service and message comes from server reflection.
//
//   node client.mjs ADDRESS services
//   node client.mjs ADDRESS call SERVICE/METHOD [JSON]
//
// ADDRESS is unix:/path or host:port. Each answer is a line of JSON; a refusal is one on standard error, and exit code 1.
import grpc from "@grpc/grpc-js";
import { GrpcReflection } from "grpc-js-reflection-client";

const [address, command, target, json = "{}"] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const reflection = new GrpcReflection(address, credentials);

function print(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

async function call(path, request) {
  const [service, method] = path.split("/");
  const descriptor = await reflection.getDescriptorBySymbol(service);
  const services = descriptor.getPackageObject({ keepCase: true, longs: String, enums: String });
  const Client = service.split(".").reduce((scope, name) => scope[name], services);
  const client = new Client(address, credentials);
  try {
    const definition = Client.service[method];
    if (definition.responseStream) {
      for await (const response of client[method](request)) {
        print(response);
      }
    } else {
      print(await new Promise((resolve, reject) =>
        client[method](request, (error, response) => (error ? reject(error) : resolve(response)))));
    }
  } finally {
    client.close();
  }
}

try {
  if (command === "services") {
    (await reflection.listServices()).sort().forEach(print);
  } else if (command === "call") {
    await call(target, JSON.parse(json));
  } else {
    throw new Error("services or call SERVICE/METHOD [JSON]");
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(JSON.stringify({ code: error.code ?? null, message: error.details ?? error.message }) + "\n");
  process.exit(1);
}
