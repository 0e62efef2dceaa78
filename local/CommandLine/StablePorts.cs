using System.Text.Json;

namespace Serverless.Local.CommandLine;

/// <summary>
/// The ports of a data folder's services on 127.0.0.1: chosen once and kept in DIR/ports.json, so that a saved connection or an open page survives a
/// restart. Chosen where nobody takes them in between by accident (<see cref="FreePort"/>).
/// </summary>
public sealed class StablePorts
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>A stack that was killed leaves children that hold their ports while they write.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, int> _ports;
    private readonly Lock _lock = new();

    private StablePorts(string file, TimeProvider time, Dictionary<string, int> ports) => (_file, _time, _ports) = (file, time, ports);

    /// <param name="file">DIR/ports.json, an object of service and port; it may be missing.</param>
    /// <param name="time">The clock of the wait for a port.</param>
    /// <exception cref="LocalException">The file is not such an object.</exception>
    public static StablePorts Open(string file, TimeProvider time)
    {
        try
        {
            var ports = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(file)) : [];
            if (ports is not null && ports.Values.All(port => port is >= 0 and <= 65535)) return new StablePorts(file, time, ports);
        }
        catch (JsonException)
        {
            // Said below, with the file.
        }

        throw new LocalException($"The file {file} is damaged: an object of service and port (0 to 65535) is expected. Mend it, or delete it and new ports are chosen.");
    }

    /// <summary>The service's port, once it is free; chosen and kept at the first call, and where the file says 0.</summary>
    /// <param name="service">Its name in the file, for example "blob".</param>
    /// <param name="cancellationToken">Ends the wait for a port that is still held.</param>
    /// <exception cref="LocalException">Another program has the port; names it, the file and the setting.</exception>
    public async Task<int> ClaimAsync(string service, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        var port = Choose(service);
        var since = _time.GetTimestamp();
        while (!FreePort.IsFree(port))
        {
            if (_time.GetElapsedTime(since) >= Patience)
            {
                throw new LocalException($"Port {port} ({service}) is taken by another program. End that program, or set \"{service}\" to another port in {_file} (0 chooses a free one).");
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }

        return port;
    }

    private int Choose(string service)
    {
        lock (_lock)
        {
            if (_ports.TryGetValue(service, out var kept) && kept != 0) return kept;
            var chosen = FreePort.Find(port => !_ports.ContainsValue(port));
            _ports[service] = chosen;
            PrivateFiles.Write(_file, JsonSerializer.Serialize(_ports, Json));
            return chosen;
        }
    }
}
