using System.Collections.Concurrent;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Hosting;

/// <summary>
/// The processes of the encoders and rerankers that the settings name: one for each model in memory. An encoder and the late interaction over it are of one, where both have its weights in the same
/// format (late interaction is computed in float32).
/// </summary>
/// <param name="start">Starts a process, and completes when it has loaded its model.</param>
internal sealed class EncoderProcesses(WorkerOptions options, Func<EncoderOptions, Task<RemoteEncoder>> start)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<RemoteEncoder>>> _shared = new(StringComparer.Ordinal);

    /// <summary>The Instructor's, a T5 that embeds.</summary>
    public async Task<RemoteEncoder> InstructorAsync(string folder) =>
        await start(new EncoderOptions(folder, options.Threads, [EncoderTask.Embedding], Format: options.EncoderFormat));

    /// <summary>One of <see cref="WorkerOptions.EncoderSources"/>.</summary>
    /// <exception cref="ChildFailedException">It cannot be loaded.</exception>
    public async Task<IEncoderSession> EncoderAsync(string source)
    {
        var reranks = IsFloat32 && options.RerankerSources.Any(reranker => IsOver(reranker, source));
        var encoder = await (reranks ? SharedAsync(source) : start(Bert(source, options.EncoderFormat, EncoderTask.Embedding)));
        return encoder.For(EncoderTask.Embedding);
    }

    /// <summary>One of <see cref="WorkerOptions.RerankerSources"/>.</summary>
    /// <exception cref="ChildFailedException">It cannot be loaded.</exception>
    public async Task<IEncoderSession> RerankerAsync(RerankerSource source)
    {
        var task = source.IsLateInteraction ? EncoderTask.LateInteraction : EncoderTask.CrossEncoding;
        var embeds = IsFloat32 && options.EncoderSources.Any(encoder => IsOver(source, encoder));
        var encoder = await (embeds ? SharedAsync(source.Path) : start(Bert(source.Path, null, task)));
        return encoder.For(task);
    }

    private bool IsFloat32 => options.EncoderFormat is null or WeightFormat.Float32;

    private static bool IsOver(RerankerSource reranker, string encoder) => reranker.IsLateInteraction && Identity(reranker.Path) == Identity(encoder);

    /// <summary>A package's short name, or where the folder is.</summary>
    private static string Identity(string source) =>
        BertPackage.All.Any(package => package.ShortName == source) ? source : Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));

    private Task<RemoteEncoder> SharedAsync(string source) => _shared.GetOrAdd(
        Identity(source), _ => new Lazy<Task<RemoteEncoder>>(() => start(Bert(source, options.EncoderFormat, EncoderTask.Embedding, EncoderTask.LateInteraction)))).Value;

    private EncoderOptions Bert(string source, WeightFormat? format, params EncoderTask[] tasks) =>
        new(source, options.Threads, tasks, IsBert: true, options.EncoderDevice, format);
}
