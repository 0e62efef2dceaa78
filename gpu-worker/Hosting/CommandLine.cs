namespace Serverless.GpuWorker.Hosting;

/// <summary>What the command line asks for: a command and its settings, or an error of one line.</summary>
/// <param name="Command"><c>serve</c>, <c>demo</c>, <c>convert</c>, <c>calibrate</c>, <c>plan</c>, <c>bench</c> or <c>help</c>.</param>
/// <param name="Settings">Configuration keys and values.</param>
public sealed record CommandLine(string Command, IReadOnlyDictionary<string, string?> Settings, string? Error = null)
{
    private const string Commands = "serve, demo, convert, calibrate, plan or bench";

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        if (args.Count == 0) return Failed($"A command is missing: {Commands}. See --help.");
        if (args.Any(arg => arg is "--help" or "-h" or "help")) return new CommandLine("help", new Dictionary<string, string?>());
        var options = args[0] switch
        {
            "serve" => CommandOptions.Serve,
            "demo" => CommandOptions.Demo,
            "convert" => CommandOptions.Convert,
            "calibrate" => CommandOptions.Calibrate,
            "plan" => CommandOptions.Plan,
            "bench" => CommandOptions.Bench,
            _ => null,
        };
        return options is null ? Failed($"The first argument must be {Commands}. See --help.") : ParseOptions(args[0], options, args);
    }

    private static CommandLine ParseOptions(string command, IReadOnlyList<CommandOption> options, IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 1; i < args.Count; i++)
        {
            var (name, value) = Split(args[i]);
            if (options.FirstOrDefault(o => o.Name == name) is not { } option) return Failed($"{command} has no option {name}. See --help.");
            if (value is null)
            {
                if (i + 1 == args.Count || args[i + 1].StartsWith("--", StringComparison.Ordinal)) return Failed($"{name} needs a value: {name} {option.Value}.");
                value = args[++i];
            }

            if (!settings.TryAdd(option.Key, value)) return Failed($"{name} is given twice.");
        }

        return new CommandLine(command, settings);
    }

    private static (string Name, string? Value) Split(string arg)
    {
        var at = arg.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? (arg, null) : (arg[..at], arg[(at + 1)..]);
    }

    private static CommandLine Failed(string error) => new("", new Dictionary<string, string?>(), error);
}
