using Serverless.Local.Loopback;

namespace Serverless.Local.KeyVault;

/// <summary>
/// Azure Key Vault's secrets on this machine, as Azure.Security.KeyVault.Secrets 4.12 speaks to it: the 401 challenge first, versions, soft delete,
/// recovery, purge, backup. Every vault name has secrets of its own. Persistent, with values encrypted at rest.
/// </summary>
public sealed class KeyVaultEmulator : IAsyncDisposable
{
    private const long MaxBodyBytes = 8 * 1024 * 1024;

    private readonly KeyVaultEmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory? _loggers;
    private LoopbackServer? _server;
    private SecretStore? _store;

    public KeyVaultEmulator(KeyVaultEmulatorOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _loggers = loggers;
    }

    /// <summary>For tests: failures to order. They follow the challenge.</summary>
    public RequestFaults Faults { get; } = new();

    /// <summary>Where it listens, once started.</summary>
    public Uri BaseAddress => (_server ?? throw new InvalidOperationException("The emulator has not been started.")).BaseAddress;

    /// <summary>Opens what is stored and listens.</summary>
    /// <exception cref="CommandLine.LocalException">What is stored, or the key file beside it, is missing or damaged; names the file.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            throw new InvalidOperationException("The emulator runs already.");
        Directory.CreateDirectory(_options.DataDirectory);
        _store = new SecretStore(_options.DataDirectory);
        try
        {
            var endpoints = new KeyVaultEndpoints(new Vault(_store, new MovingSecrets(_options.StateChange, _time), _time), _options, Faults);
            _server = await LoopbackServer.StartAsync(_options.Port, MaxBodyBytes, _loggers, static _ => { }, endpoints.Map, cancellationToken);
        }
        catch
        {
            _store.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _store?.Dispose();
    }
}
