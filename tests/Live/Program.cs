using Conntrack.Live;

return await new CommandLine(args).RunAsync();
