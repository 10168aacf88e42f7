using Conntrack.Kernel;

return new CommandLine(args).Run();
