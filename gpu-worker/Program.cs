using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Supervision.Child;

if (args is [EngineCommand.Name]) return EngineCommand.Run();
if (args is [RankCommand.Name]) return RankCommand.Run();

var commandLine = CommandLine.Parse(args);
if (commandLine.Error is { } error)
{
    await Console.Error.WriteLineAsync(error);
    return 2;
}

return commandLine.Command switch
{
    "serve" => await ServeCommand.RunAsync(commandLine.Settings),
    "demo" => DemoCommand.Run(commandLine.Settings),
    "convert" => ConvertCommand.Run(commandLine.Settings),
    "calibrate" => CalibrateCommand.Run(commandLine.Settings),
    "plan" => PlanCommand.Run(commandLine.Settings),
    "bench" => await BenchCommand.RunAsync(commandLine.Settings),
    _ => Help(),
};

static int Help()
{
    Console.WriteLine(CommandOptions.Help);
    return 0;
}
