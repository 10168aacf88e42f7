using Conntrack.Fuzz;

return new CommandLine(args).Run();
