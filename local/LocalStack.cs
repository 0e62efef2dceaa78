using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Serverless.Functions;
using Serverless.Local.CommandLine;
using Serverless.Local.Hosting;
using Serverless.Local.KeyVault;
using Serverless.Local.Loopback;
using Serverless.Local.Processes;
using Serverless.Local.Samples;
using Serverless.Local.Search;
using Serverless.Local.SignalR;
using Serverless.Local.Stack;
using Serverless.Local.Storage;
using Serverless.Local.Web;

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
    private readonly LocalTokenCredential _credential = LocalTokenCredential.Create();
    private readonly string _searchKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly List<IAsyncDisposable> _backing = [];
    private readonly int _port;
    private readonly WorkerChild _worker;
    private readonly StablePorts _ports;
    private AzuriteChild? _azurite;
    private SearchEmulator? _search;
    private KeyVaultEmulator? _keyVault;
    private SignalREmulator? _signalR;
    private FunctionsHost? _functions;

    private LocalStack(LocalOptions options, DataDirectory data, Checklist checklist, ILoggerFactory loggers)
    {
        (_options, _data, _checklist, _loggers) = (options, data, checklist, loggers);
        _layout = RepositoryLayout.Find(AppContext.BaseDirectory);
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
        if (_functions is not null) await _functions.DisposeAsync();
        IAsyncDisposable[] backing;
        lock (_backing) backing = [.. _backing];
        await Task.WhenAll(backing.Select(part => part.DisposeAsync().AsTask()));
        _data.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await NodeRuntime.CheckAsync(cancellationToken);

        // One failure ends the start of the others; only then is it safe to dispose of them.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await AllAsync(failed, [StartStorageAsync(failed.Token), StartEmulatorsAsync(failed.Token), StartWorkerAsync(failed.Token)]);
        _functions = await _checklist.StepAsync("functions", () => StartFunctionsAsync(cancellationToken));
        Endpoints = Describe();
        Endpoints.Write(_data["endpoints.json"]);
        if (_options.Samples) await new SampleBootstrap(Endpoints, _layout.Samples, SampleModels(), _checklist, _time).RunAsync(cancellationToken);
    }

    private Task StartStorageAsync(CancellationToken cancellationToken) => _checklist.StepAsync("storage (Azurite)", async () =>
    {
        _azurite = await AzuriteChild.OpenAsync(_ports, _data["azurite"], cancellationToken);
        var spec = _azurite.Spec(_layout.Root, _data["azurite"], _time);
        Keep(await SupervisedProcess.StartAsync(spec, _time, _loggers.CreateLogger<SupervisedProcess>(), cancellationToken));
        var events = Keep(new BlobEventSource(
            new BlobEventSourceOptions { ConnectionString = _azurite.ConnectionString, DataDirectory = _data["functions"] }, _time, _loggers.CreateLogger<BlobEventSource>()));
        await events.StartAsync(cancellationToken);
    });

    /// <summary>The place where the emulators are composed.</summary>
    private Task StartEmulatorsAsync(CancellationToken cancellationToken) => _checklist.StepAsync("search, key vault, SignalR (emulators)", async () =>
    {
        _search = Keep(new SearchEmulator(
            new SearchEmulatorOptions { DataDirectory = _data["search"], BearerToken = _credential.Token, AdminKey = _searchKey, Port = await _ports.ClaimAsync("search", cancellationToken) }, _time, _loggers));
        _keyVault = Keep(new KeyVaultEmulator(
            new KeyVaultEmulatorOptions { DataDirectory = _data["keyvault"], BearerToken = _credential.Token, Port = await _ports.ClaimAsync("vault", cancellationToken) }, _time, _loggers));
        _signalR = Keep(new SignalREmulator(
            new SignalREmulatorOptions { AccessKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), Port = await _ports.ClaimAsync("signalr", cancellationToken) }, _time, _loggers));
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

    private Task<FunctionsHost> StartFunctionsAsync(CancellationToken cancellationToken) => FunctionsHost.StartAsync(
        new FunctionsHostOptions
        {
            Assembly = typeof(Composition).Assembly,
            Compose = (builder, configuration) => builder.AddServerless(configuration),
            Configuration = Settings(),
            DataDirectory = _data["functions"],
            DrainTimeout = TimeSpan.FromSeconds(3),
            HostJsonPath = Path.Combine(_layout.Root, "host.json"),
            Logging = logging => logging.Services.AddSingleton(_loggers),
            Port = _port,
            Services = services => services
                .AddSingleton(_time)
                .AddSingleton<TokenCredential>(_credential)
                .AddSingleton<HttpPipelineTransport>(new LoopbackTransport(_search!.BaseAddress, _keyVault!.BaseAddress)),
            Web = app => WebParts.Map(app, _layout),
        },
        cancellationToken);

    /// <summary>The app's settings: the environment's, and over them where this stack's parts are.</summary>
    private IConfiguration Settings() => new ConfigurationBuilder()
        .AddEnvironmentVariables()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage"] = _azurite!.ConnectionString,
            ["KeyVault:Uri"] = "https://local.vault.azure.net",
            ["Search:Endpoint"] = "https://local.search.windows.net",
            ["SignalR:ConnectionString"] = _signalR!.ConnectionString,
            ["GpuWorker:BaseUrl"] = _worker.Address.ToString(),
            ["Gateway:AnonymousAccess"] = "operator",
            ["Streaming:DrainSeconds"] = "3",
        })
        .Build();

    private Endpoints Describe() => new(
        Functions: _functions!.BaseAddress,
        Web: _functions.BaseAddress,
        Worker: _worker.Address,
        Blob: _azurite!.Blob,
        Queue: _azurite.Queue,
        Table: _azurite.Table,
        StorageConnectionString: _azurite.ConnectionString,
        SearchEndpoint: _search!.BaseAddress,
        SearchKey: _searchKey,
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
