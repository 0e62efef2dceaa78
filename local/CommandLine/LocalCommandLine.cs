using System.Globalization;

namespace Serverless.Local.CommandLine;

/// <summary>Reads the options; <c>--name value</c> and <c>--name=value</c> are the same.</summary>
public static class LocalCommandLine
{
    public const string Help =
        """
        Runs the whole of Serverless on this machine: functions, GPU worker, storage, search, key vault, SignalR.

        usage: dotnet run --project local -- [options]

          --port N          port of the functions and the web page (7071); 0 takes a free one
          --worker-port N   port of the GPU worker (8080); 0 takes a free one
          --data DIR        where everything is kept between runs (.local)
          --fresh           forget what earlier runs kept
          --no-samples      create no sample routes and documents
          --help            show this

        Ctrl-C stops it. DIR/endpoints.json lists every URL and connection string while it runs.
        """;

    /// <exception cref="LocalException">An option is unknown, or its value is missing or not permitted.</exception>
    public static LocalOptions Parse(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var options = new LocalOptions();
        for (var i = 0; i < args.Count; i++)
        {
            var equals = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i].IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals < 0 ? args[i] : args[i][..equals];
            options = name switch
            {
                "--port" => options with { Port = Port(name, Value()) },
                "--worker-port" => options with { WorkerPort = Port(name, Value()) },
                "--data" => options with { DataDirectory = Value() },
                "--fresh" => Flag(options with { Fresh = true }),
                "--no-samples" => Flag(options with { Samples = false }),
                "--help" or "-h" or "-?" => Flag(options with { Help = true }),
                _ => throw Bad($"Unknown option '{name}'. --help lists the options."),
            };

            string Value()
            {
                var value = equals >= 0 ? args[i][(equals + 1)..] : i + 1 < args.Count ? args[++i] : string.Empty;
                return value.Length > 0 && (equals >= 0 || !value.StartsWith("--", StringComparison.Ordinal)) ? value : throw Bad($"{name} needs a value. --help lists the options.");
            }

            LocalOptions Flag(LocalOptions changed) => equals < 0 ? changed : throw Bad($"{name} takes no value.");
        }

        return options.Port != 0 && options.Port == options.WorkerPort
            ? throw Bad($"--port and --worker-port are both {options.Port}; they must differ.")
            : options;
    }

    private static int Port(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw Bad($"{name} is \"{value}\"; 0 to 65535 is permitted.");

    private static LocalException Bad(string message) => new(message, LocalException.BadUsage);
}
