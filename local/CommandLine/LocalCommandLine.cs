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
          --fresh           forget what earlier runs kept in DIR, if it is a folder of this program
          --no-samples      create no sample routes and documents
          --instances N     Functions hosts side by side, each with a worker (1); at most 8
          --llama DIR       the GPU worker serves this Llama checkpoint instead of the demo model
          --instructor DIR  the GPU worker serves this Instructor checkpoint instead of the demo model;
                            with --fresh where the folder holds documents embedded by another one
          --openai-endpoint URL --openai-model NAME
                            the sample routes ask this OpenAI-compatible server (Ollama, vLLM);
                            its key, where it wants one, is the variable OPENAI_API_KEY
          --allow-host NAME answer under this name too, as behind a tunnel (name or *.suffix); may come
                            several times. Others but localhost are refused
          --core-tools      start all but the Functions app, and write functions/local.settings.json,
                            with which Azure Functions Core Tools (func start) run it
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
                "--port" => options with { Port = Number(name, Value(), 0, 65535) },
                "--worker-port" => options with { WorkerPort = Number(name, Value(), 0, 65535) },
                "--data" => options with { DataDirectory = Value() },
                "--fresh" => Flag(options with { Fresh = true }),
                "--no-samples" => Flag(options with { Samples = false }),
                "--instances" => options with { Instances = Number(name, Value(), 1, 8) },
                "--llama" => options with { Llama = Folder(name, Value()) },
                "--instructor" => options with { Instructor = Folder(name, Value()) },
                "--openai-endpoint" => options with { OpenAiEndpoint = Endpoint(name, Value()) },
                "--openai-model" => options with { OpenAiModel = Value() },
                "--allow-host" => options with { AllowedHosts = [.. options.AllowedHosts, HostName(name, Value())] },
                "--core-tools" => Flag(options with { CoreTools = true, Samples = false }),
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

        if (options.Port != 0 && options.Port == options.WorkerPort) throw Bad($"--port and --worker-port are both {options.Port}; they must differ.");
        if (options.CoreTools && options.Instances > 1) throw Bad("--core-tools runs one instance: leave --instances out.");
        if ((options.OpenAiEndpoint is null) != (options.OpenAiModel is null)) throw Bad("--openai-endpoint and --openai-model are given together or not at all.");
        return options;
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Bad($"{name} is \"{value}\"; {least} to {most} is permitted.");

    private static string Folder(string name, string value) =>
        Directory.Exists(value) ? Path.GetFullPath(value) : throw Bad($"{name} is \"{value}\", which is no folder; the folder of a checkpoint (config.json, weights, tokenizer) is expected.");

    private static string HostName(string name, string value) =>
        Uri.CheckHostName(value.StartsWith("*.", StringComparison.Ordinal) ? value[2..] : value) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? value
            : throw Bad($"{name} is \"{value}\"; a name without scheme and port is expected, or *. and one: my.example.com, *.example.com.");

    private static Uri Endpoint(string name, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { Query: "", Fragment: "", UserInfo: "" }
            ? uri
            : throw Bad($"{name} is \"{value}\"; an http or https URL without user, query and fragment is expected, for example http://localhost:11434/v1.");

    private static LocalException Bad(string message) => new(message, LocalException.BadUsage);
}
