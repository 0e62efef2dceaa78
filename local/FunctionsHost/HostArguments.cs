namespace Serverless.FunctionsHost;

/// <summary>What the host was asked to run, by command line; the app's settings are this process's environment variables.</summary>
/// <param name="AppDirectory">The built or published app: its executable, worker.config.json and host.json.</param>
/// <param name="Port">The port of the HTTP functions on 127.0.0.1.</param>
/// <param name="InstanceId">Names this host among those of one task hub; a restarted host with the same name takes up its own leases at once.</param>
/// <param name="StateDirectory">Where the schedules of timers are kept.</param>
internal sealed record HostArguments(string AppDirectory, int Port, string InstanceId, string StateDirectory)
{
    public const string Usage = "Usage: Serverless.FunctionsHost --app DIR --port PORT [--instance NAME] [--state DIR]";

    /// <exception cref="HostException">An option is missing, unknown or out of its range; the message names it.</exception>
    public static HostArguments Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (arguments[i] is not ("--app" or "--port" or "--instance" or "--state")) throw new HostException($"Unknown option {arguments[i]}. {Usage}");
            if (i + 1 == arguments.Count) throw new HostException($"{arguments[i]} asks for a value. {Usage}");
            values[arguments[i]] = arguments[i + 1];
        }

        if (!values.TryGetValue("--app", out var app)) throw new HostException($"--app is missing. {Usage}");
        if (!File.Exists(Path.Combine(app, "worker.config.json"))) throw new HostException($"--app {app} is not a built Functions app: it has no worker.config.json.");
        if (!values.TryGetValue("--port", out var text) || !int.TryParse(text, out var port) || port is < 0 or > 65535) throw new HostException("--port must be a number from 0 to 65535.");
        return new HostArguments(
            Path.GetFullPath(app), port, values.GetValueOrDefault("--instance", "local"), Path.GetFullPath(values.GetValueOrDefault("--state", Path.Combine(Path.GetTempPath(), "serverless-functions-host"))));
    }
}
