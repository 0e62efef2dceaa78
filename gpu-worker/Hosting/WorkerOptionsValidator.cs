using System.Net;
using Serverless.Contracts.SignalR;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Checks settings at start; each error names the key and what is permitted.</summary>
public static class WorkerOptionsValidator
{
    public static IReadOnlyList<string> Validate(WorkerOptions options)
    {
        var errors = new List<string>();
        if (options.Llama is null && options.Instructor is null && options.EncoderSources.Count + options.RerankerSources.Count == 0)
            errors.Add("Worker:Llama, Worker:Instructor, Worker:Encoder or Worker:Reranker must name what is served (--llama DIR, --instructor DIR, --encoder NAME, --reranker NAME).");
        Folder(errors, nameof(options.Llama), options.Llama);
        Folder(errors, nameof(options.Instructor), options.Instructor);
        Encoders(errors, options);
        Name(errors, nameof(options.ModelName), options.ModelName);
        Name(errors, nameof(options.EmbeddingModelName), options.EmbeddingModelName);
        Range(errors, nameof(options.DefaultMaxTokens), options.DefaultMaxTokens, 1, 1_000_000);
        Range(errors, nameof(options.Replicas), options.Replicas, 1, 8);
        if (options.KvCacheMegabytes is { } cache) Range(errors, nameof(options.KvCacheMegabytes), cache, Math.Max(1, options.Replicas), 1_048_576);
        Range(errors, nameof(options.MaxSequences), options.MaxSequences, 1, 1024);
        Range(errors, nameof(options.MaxBatchedTokens), options.MaxBatchedTokens, Math.Clamp(options.MaxSequences, 1, 1024) + 1, 65_536);
        if (options.MaxPromptTokensBesideDecodes is { } beside) Range(errors, nameof(options.MaxPromptTokensBesideDecodes), beside, 1, options.MaxBatchedTokens);
        Range(errors, nameof(options.MaxDraftTokens), options.MaxDraftTokens, 1, DraftPlanner.MaxRows);
        Range(errors, nameof(options.MaxQueuedRequests), options.MaxQueuedRequests, 1, 100_000);
        Range(errors, nameof(options.MaxQueuedTokens), options.MaxQueuedTokens, 1, 100_000_000);
        if (options.MaxClientQueueShare is not (>= 0.01 and <= 1)) errors.Add($"Worker:{nameof(options.MaxClientQueueShare)} must be from 0.01 to 1.");
        if (options.MaxClientCacheShare is not (>= 0.01 and <= 1)) errors.Add($"Worker:{nameof(options.MaxClientCacheShare)} must be from 0.01 to 1.");
        Cuda(errors, options);
        Ranks(errors, options);
        Range(errors, nameof(options.Threads), options.Threads, 0, 256);
        Range(errors, nameof(options.SpinMicroseconds), options.SpinMicroseconds, 0, OnnxSessions.MostSpinMicroseconds);
        Range(errors, nameof(options.DrainSeconds), options.DrainSeconds, 0, 3600);
        Range(errors, nameof(options.StallSeconds), options.StallSeconds, 1, 3600);
        Range(errors, nameof(options.StallExitSeconds), options.StallExitSeconds, options.StallSeconds, 7200);
        Range(errors, nameof(options.StreamWriteSeconds), options.StreamWriteSeconds, 1, 600);
        Range(errors, nameof(options.MaxClientConcurrency), options.MaxClientConcurrency, 0, 100_000);
        Range(errors, nameof(options.MaxClientRequestsPerMinute), options.MaxClientRequestsPerMinute, 0, 1_000_000);
        Range(errors, nameof(options.MaxConnections), options.MaxConnections, 1, 100_000);
        Range(errors, nameof(options.MaxStreams), options.MaxStreams, 1, 10_000);
        SignalR(errors, options.SignalR);
        Range(errors, nameof(options.MaxEmbeddingBatch), options.MaxEmbeddingBatch, 1, 256);
        Range(errors, nameof(options.MaxEmbeddingQueue), options.MaxEmbeddingQueue, 256, 100_000);
        Urls(errors, options);
        for (var i = 0; i < options.ApiKeys.Count; i++)
        {
            if (options.ApiKeys[i] is not { Length: >= 16 and <= 512 }) errors.Add($"Worker:ApiKeys:{i} must have from 16 to 512 characters.");
        }

        return errors;
    }

    /// <summary>The addresses of <see cref="WorkerOptions.Urls"/>.</summary>
    public static IReadOnlyList<string> SplitUrls(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whether only this machine can reach <paramref name="address"/>.</summary>
    public static bool IsLoopback(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static void Cuda(List<string> errors, WorkerOptions options)
    {
        if (options is { Device: not EngineDevice.Cuda, KvCacheFormat: KvCacheFormat.Float8 })
            errors.Add("Worker:KvCacheFormat must be float32 or int8 with Worker:Device=cpu: float8 is CUDA's, and int8 takes as little memory.");

        if (options.Device != EngineDevice.Cuda) return;
        if (options.Speculation == true) errors.Add("Worker:Speculation must be false with Worker:Device=cuda: only the CPU gives a row the same bits in a step of any size.");
        if (options.Replicas > 1) errors.Add("Worker:Replicas must be 1 with Worker:Device=cuda: replicas would share its devices.");
        if (options.MaxSequences > CudaKernelRules.MostSequences) errors.Add($"Worker:MaxSequences must be from 1 to {CudaKernelRules.MostSequences} with Worker:Device=cuda.");
        if (options is { KvCacheFormat: not KvCacheFormat.Float32, Llama: { } folder } && Directory.Exists(folder) && !File.Exists(CacheRangeFile.In(folder))) errors.Add(CacheRangeFile.Missing(folder, options.KvCacheFormat));
        try
        {
            if (options.Llama is null) return;
            CudaProbe.Require(CudaLibraries.Missing());
            // How many devices there are is the engine's to find out: this process leaves them alone.
            if (options.Ranks > 1) NcclLibrary.Load();
        }
        catch (CudaUnavailableException e)
        {
            errors.Add(e.Message);
        }
    }

    private static void Encoders(List<string> errors, WorkerOptions options)
    {
        foreach (var source in options.EncoderSources)
        {
            if (BertPackage.All.All(package => package.ShortName != source) && !Directory.Exists(source))
                errors.Add($"Worker:Encoder must hold existing folders or {string.Join(", ", BertPackage.All.Select(package => package.ShortName))}, separated by commas.");
        }

        if (!options.RerankerSources.All(source => source.Exists))
            errors.Add($"Worker:Reranker must hold existing folders, or maxsim: with a folder or {string.Join(", ", BertPackage.All.Select(package => package.ShortName))}, separated by commas.");
        string?[] names =
        [
            .. (string?[])[Named(options.ModelName, options.Llama), Named(options.EmbeddingModelName, options.Instructor)],
            .. options.EncoderSources.Select(source => BertPackage.All.FirstOrDefault(package => package.ShortName == source)?.Name ?? Named(null, source)),
            .. options.RerankerSources.Select(source => source.Name),
        ];
        if (names.OfType<string>().GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            errors.Add($"Worker:Encoder: two models would be called {twice.Key}: rename a folder, or set Worker:ModelName or Worker:EmbeddingModelName.");

        if (options.EncoderFormat is not (null or WeightFormat.Float32 or WeightFormat.Int8))
            errors.Add("Worker:EncoderFormat must be float32 or int8.");
        else if (options is { EncoderFormat: WeightFormat.Int8, EncoderDevice: EngineDevice.Cuda })
            errors.Add("Worker:EncoderFormat must be float32 where Worker:EncoderDevice is cuda: int8 products of encoders are the CPU's.");

        try
        {
            if (options.EncoderDevice == EngineDevice.Cuda && options.EncoderSources.Count + options.RerankerSources.Count > 0) CudaProbe.Require(CudaLibraries.Missing());
        }
        catch (CudaUnavailableException e)
        {
            errors.Add(e.Message.Replace("Worker:Device", "Worker:EncoderDevice", StringComparison.Ordinal));
        }
    }

    /// <summary>What a checkpoint's model is called.</summary>
    private static string? Named(string? name, string? folder) => folder is null ? null : name ?? new DirectoryInfo(folder).Name;

    private static void Ranks(List<string> errors, WorkerOptions options)
    {
        if (options.Ranks is { } ranks && ranks is not (1 or 2 or 4 or 8))
            errors.Add("Worker:Ranks must be 1, 2, 4 or 8.");
        else if (TooManyRanks(options, options.Ranks ?? 1) is { } error)
            errors.Add(error);
    }

    private static void SignalR(List<string> errors, string? connection)
    {
        if (connection is null) return;
        try
        {
            SignalRConnectionString.Parse(connection, "Worker:SignalR");
        }
        catch (FormatException e)
        {
            errors.Add(e.Message);
        }
    }

    /// <summary>Why so many ranks are not to be had, or null.</summary>
    public static string? TooManyRanks(WorkerOptions options, int ranks)
    {
        if (ranks * options.Replicas <= Environment.ProcessorCount || options.AllowOversubscription) return null;
        var what = options.Replicas == 1 ? "Worker:Ranks" : "Worker:Replicas x Worker:Ranks";
        return $"{what} is {ranks * options.Replicas} and the machine has {Environment.ProcessorCount} cores: use fewer, or set Worker:AllowOversubscription=true to try a layout slowly.";
    }

    private static void Urls(List<string> errors, WorkerOptions options)
    {
        var urls = SplitUrls(options.Urls);
        if (urls.Count == 0) errors.Add("Worker:Urls must name at least one address, for example http://127.0.0.1:8080.");
        foreach (var url in urls)
        {
            if (Parse(url) is not { Scheme: "http", PathBase: "" } address || address.IsUnixPipe || address.IsNamedPipe || !HasPort(address))
            {
                errors.Add("Worker:Urls must hold addresses like http://127.0.0.1:8080 (http only, no path, ports 1 to 65535), separated by semicolons.");
            }
            else if (!IsLoopback(address) && options.ApiKeys.Count == 0 && !options.AllowAnonymous)
            {
                errors.Add("Worker:Urls reaches beyond loopback: set Worker:ApiKeys, or Worker:AllowAnonymous=true when something else guards the worker.");
            }
        }
    }

    /// <summary>Port 0 is any that is free; the server takes it with a number for an address only.</summary>
    private static bool HasPort(BindingAddress address) => address.Port is > 0 and <= IPEndPoint.MaxPort || (address.Port == 0 && IPAddress.TryParse(address.Host.Trim('[', ']'), out _));

    private static BindingAddress? Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static void Folder(List<string> errors, string key, string? folder)
    {
        if (folder is not null && !Directory.Exists(folder)) errors.Add($"Worker:{key} must name an existing folder.");
    }

    private static void Name(List<string> errors, string key, string? name)
    {
        if (name is null) return;
        if (name.Length is < 1 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) errors.Add($"Worker:{key} must have from 1 to 128 letters, digits, '-', '_' or '.'.");
    }

    private static void Range(List<string> errors, string key, int value, int low, int high)
    {
        if (value < low || value > high) errors.Add($"Worker:{key} must be from {low} to {high}.");
    }
}
