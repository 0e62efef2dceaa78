using Azure.Storage.Blobs;
using Serverless.Local.CommandLine;
using Serverless.Local.FrontDoor;
using Serverless.Local.KeyVault;
using Serverless.Local.Loopback;
using Serverless.Local.Processes;
using Serverless.Local.Samples;
using Serverless.Local.Search;
using Serverless.Local.SignalR;
using Serverless.Local.Stack;
using Serverless.Local.Storage;

namespace Serverless.Local;

/// <summary>The whole of Serverless on one machine: composed here, started in parallel, stopped in the reverse order of need.</summary>
public sealed class LocalStack : IAsyncDisposable
{
    private readonly LocalOptions _options;
    private readonly DataDirectory _data;
    private readonly Checklist _checklist;
    private readonly ILoggerFactory _loggers;
    private readonly RepositoryLayout _layout;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly EmulatorKeys _keys;
    private readonly LocalTokenCredential _credential;
    private readonly InstancePool _pool = new();
    private readonly List<SupervisedProcess> _hosts = [];
    private readonly List<IAsyncDisposable> _backing = [];
    private readonly int _port;
    private readonly WorkerChild _worker;
    private readonly StablePorts _ports;
    private BlobEventSource? _events;
    private bool _isHalfNew;
    private AzuriteChild? _azurite;
    private SearchEmulator? _search;
    private KeyVaultEmulator? _keyVault;
    private SignalREmulator? _signalR;
    private FrontDoorServer? _frontDoor;
    private IReadOnlyList<FunctionsInstance> _instances = [];

    private LocalStack(LocalOptions options, DataDirectory data, Checklist checklist, ILoggerFactory loggers)
    {
        (_options, _data, _checklist, _loggers) = (options, data, checklist, loggers);
        _layout = RepositoryLayout.Find(AppContext.BaseDirectory);
        _keys = EmulatorKeys.Open(data);
        _credential = new LocalTokenCredential(_keys.BearerToken);
        _ports = StablePorts.Open(data["ports.json"], _time);
        _port = LoopbackPort.Claim(options.Port, "--port", "functions");
        _worker = new WorkerChild(_layout.WorkerAssembly, LoopbackPort.Claim(options.WorkerPort, "--worker-port", "GPU worker"), data["models"])
        {
            Llama = options.Llama,
            Instructor = options.Instructor,
        };
    }

    /// <summary>Where everything is, once started.</summary>
    public Endpoints? Endpoints { get; private set; }

    /// <summary>The command that runs the app where this stack does not; null where it does.</summary>
    public string? CoreToolsCommand => _options.CoreTools ? $"cd functions && func start --port {_instances[0].Port}" : null;

    private Uri FrontDoor => new($"http://127.0.0.1:{_port}/");

    /// <summary>Starts everything and returns when all of it is ready.</summary>
    /// <exception cref="LocalException">Something that the person at the terminal can put right.</exception>
    public static async Task<LocalStack> StartAsync(LocalOptions options, Checklist checklist, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(checklist);
        var data = DataDirectory.Open(options.DataDirectory, options.Fresh);
        LocalStack? stack = null;
        try
        {
            stack = new LocalStack(options, data, checklist, loggers);
            await stack.StartAsync(cancellationToken);
            return stack;
        }
        catch
        {
            if (stack is null) data.Dispose();
            else await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops everything within ten seconds; leaves no process, no lock and no endpoints.json.</summary>
    public async ValueTask DisposeAsync()
    {
        File.Delete(_data["endpoints.json"]);
        if (_frontDoor is not null) await _frontDoor.DisposeAsync();
        await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask()));
        IAsyncDisposable[] backing;
        lock (_backing) backing = [.. _backing];
        await Task.WhenAll(backing.Select(part => part.DisposeAsync().AsTask()));
        _data.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await NodeRuntime.CheckAsync(cancellationToken);
        await ClaimPortsAsync(cancellationToken);
        await StartEmulatorsAsync(cancellationToken);

        // Side by side: a host waits for storage by itself. One failure ends the start of the others; only then is it safe to dispose of them.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await AllAsync(failed, [StartStorageAsync(failed.Token), StartWorkerAsync(failed.Token), StartFunctionsAsync(failed.Token)]);
        Endpoints = Describe();
        Endpoints.Write(_data["endpoints.json"]);
        if (_isHalfNew && !_options.CoreTools) await ReconcileAsync(cancellationToken);
        if (_options.Samples) await new SampleBootstrap(Endpoints, _layout.Samples, SampleModels(), _checklist, _time).RunAsync(cancellationToken);
    }

    private Task StartStorageAsync(CancellationToken cancellationToken) => _checklist.StepAsync("storage (Azurite)", async () =>
    {
        var spec = _azurite!.Spec(_layout.Root, _data["azurite"], _time);
        Keep(await SupervisedProcess.StartAsync(spec, _time, _loggers.CreateLogger<SupervisedProcess>(), cancellationToken));
        // As infra/ does: an app that finds it missing warns that what it held is lost.
        await new BlobContainerClient(_azurite.ConnectionString, "config").CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var events = _events = Keep(new BlobEventSource(
            new BlobEventSourceOptions { ConnectionString = _azurite.ConnectionString, DataDirectory = _data["functions"], StorageFolder = _data["azurite"] }, _time, _loggers.CreateLogger<BlobEventSource>()));
        await events.StartAsync(cancellationToken);
    });

    /// <summary>The place where the emulators are composed.</summary>
    private Task StartEmulatorsAsync(CancellationToken cancellationToken) => _checklist.StepAsync("search, key vault, SignalR (emulators)", async () =>
    {
        _search = Keep(new SearchEmulator(
            new SearchEmulatorOptions { DataDirectory = _data["search"], BearerToken = _credential.Token, AdminKey = _keys.SearchAdminKey, Port = await _ports.ClaimAsync("search", cancellationToken) }, _time, _loggers));
        _keyVault = Keep(new KeyVaultEmulator(
            new KeyVaultEmulatorOptions { DataDirectory = _data["keyvault"], BearerToken = _credential.Token, Port = await _ports.ClaimAsync("vault", cancellationToken) }, _time, _loggers));
        _signalR = Keep(new SignalREmulator(
            new SignalREmulatorOptions { AccessKey = _keys.SignalRAccessKey, Port = await _ports.ClaimAsync("signalr", cancellationToken) }, _time, _loggers));
        await _search.StartAsync(cancellationToken);
        await _keyVault.StartAsync(cancellationToken);
        await _signalR.StartAsync(cancellationToken);
    });

    private async Task StartWorkerAsync(CancellationToken cancellationToken)
    {
        if (!_worker.HasCheckpoints) await _checklist.StepAsync("demo checkpoints", () => _worker.CreateCheckpointsAsync(cancellationToken));
        await _checklist.StepAsync("GPU worker", async () =>
            Keep(await SupervisedProcess.StartAsync(_worker.Spec(_time), _time, _loggers.CreateLogger<SupervisedProcess>(), cancellationToken)));
    }

    private async Task ClaimPortsAsync(CancellationToken cancellationToken)
    {
        _isHalfNew = File.Exists(AzuriteChild.BlobDatabase(_data["azurite"])) != File.Exists(Path.Combine(_data["search"], SearchEmulator.DatabaseName));
        Directory.CreateDirectory(_data["functions"]);
        _azurite = await AzuriteChild.OpenAsync(_ports, _data["azurite"], cancellationToken);
        var instances = new List<FunctionsInstance>();
        for (var i = 0; i < _options.Instances; i++) instances.Add(new FunctionsInstance(i, await _ports.ClaimAsync($"functions-{i}", cancellationToken), _layout));
        _instances = instances;
    }

    private Task StartFunctionsAsync(CancellationToken cancellationToken) => _checklist.StepAsync(
        _options.CoreTools ? "functions/local.settings.json" : _instances.Count == 1 ? "functions (host and app)" : $"functions ({_instances.Count} hosts and apps)",
        async () =>
        {
            var settings = Settings();
            _frontDoor = await FrontDoorServer.StartAsync(_port, new HostNames(_options.AllowedHosts), _pool, _layout, _loggers, cancellationToken);
            if (_options.CoreTools)
            {
                LocalSettingsFile.Write(_layout, settings);
                _pool.Add(_instances[0].Address);
                return;
            }

            await Task.WhenAll(_instances.Select(async instance =>
            {
                var spec = instance.Spec(settings, _data["functions"], line => Console.Error.WriteLine($"{instance.Name} | {line}"), _time);
                var host = await SupervisedProcess.StartAsync(spec, _time, _loggers.CreateLogger<SupervisedProcess>(), cancellationToken);
                lock (_hosts) _hosts.Add(host);
                host.StateChanged += state => Follow(instance, host, state);
                Follow(instance, host, host.State);
            }));
        });

    /// <summary>One of the two databases that know of documents began anew, and the other did not: what one of them tells of, the other is missing.</summary>
    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        using var api = new HttpClient { BaseAddress = FrontDoor };
        using var answer = await api.PostAsync("reconcile", null, cancellationToken);
        if (answer.IsSuccessStatusCode) _checklist.Warn("The search or the storage folder is new and the other is not: documents and index are being reconciled (GET /reconcile).");
        else _checklist.Warn($"Documents and index may differ, and reconciling them was answered {(int)answer.StatusCode}: POST /reconcile tries again.");
    }

    private void Follow(FunctionsInstance instance, SupervisedProcess host, ProcessState state)
    {
        if (state == ProcessState.Ready) _pool.Add(instance.Address);
        else _pool.Remove(instance.Address);

        // By itself: what Durable knew is gone. What a host held that was killed comes again without a word.
        if (state == ProcessState.BackingOff && host.ExitCode == FunctionsInstance.GaveUp) _events?.RepeatRecent();
    }

    /// <summary>The app's settings: where this stack's parts are. They lie over this process's own environment, in which a person may set others.</summary>
    private Dictionary<string, string?> Settings()
    {
        var settings = AppSettings.Of(_azurite!.ConnectionString, _signalR!.ConnectionString, _worker.Address);
        foreach (var (name, value) in AppSettings.Hook(Path.Combine(AppContext.BaseDirectory, "Serverless.WorkerHook.dll"), _search!.BaseAddress, _keyVault!.BaseAddress, _credential.Token))
            settings[name] = value;
        return settings;
    }

    private Endpoints Describe() => new(
        Functions: FrontDoor,
        Web: FrontDoor,
        Instances: [.. _instances.Select(instance => instance.Address)],
        Worker: _worker.Address,
        Blob: _azurite!.Blob,
        Queue: _azurite.Queue,
        Table: _azurite.Table,
        StorageConnectionString: _azurite.ConnectionString,
        SearchEndpoint: _search!.BaseAddress,
        SearchKey: _keys.SearchAdminKey,
        KeyVaultUri: _keyVault!.BaseAddress,
        KeyVaultToken: _credential.Token,
        SignalRConnectionString: _signalR!.ConnectionString);

    private SampleModels SampleModels() => new(_worker.LlamaName, _worker.InstructorName)
    {
        OpenAiEndpoint = _options.OpenAiEndpoint,
        OpenAiModel = _options.OpenAiModel,
        OpenAiKey = Environment.GetEnvironmentVariable("OPENAI_API_KEY") is { Length: > 0 } key ? key : "none",
    };

    private static async Task AllAsync(CancellationTokenSource failed, IReadOnlyList<Task> parts)
    {
        await foreach (var part in Task.WhenEach(parts))
        {
            if (!part.IsCompletedSuccessfully) await failed.CancelAsync();
        }

        var first = parts.FirstOrDefault(part => part.IsFaulted && part.Exception!.InnerException is not OperationCanceledException);
        if (first is not null) await first;
        await Task.WhenAll(parts);
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        lock (_backing) _backing.Add(part);
        return part;
    }
}
