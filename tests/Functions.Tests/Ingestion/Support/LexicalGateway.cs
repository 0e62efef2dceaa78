using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Prices;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>A gateway whose vectors are bags of hashed words and whose tokens are words: deterministic, and good enough to find what shares words.</summary>
internal sealed class LexicalGateway : IGateway
{
    private readonly List<string> _models = [Guid.NewGuid().ToString("N")];
    private int _failures;
    private Func<GatewayException>? _failure;

    public int Dimensions { get; set; } = 64;

    /// <summary>Every text that was embedded, in order.</summary>
    public ConcurrentQueue<string> Embedded { get; } = new();

    /// <summary>Runs before each embedding call.</summary>
    public Func<Task>? BeforeEmbed { get; set; }

    public void FailNextEmbeddings(int times, Func<GatewayException> failure) => (_failures, _failure) = (times, failure);

    public IAsyncEnumerable<AnswerEvent> StreamAsync(AnswerRequest request, CancellationToken cancellationToken) => None(cancellationToken);

    public async Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, EmbeddingPurpose purpose, Caller caller, CancellationToken cancellationToken)
    {
        if (BeforeEmbed is not null) await BeforeEmbed();
        if (Interlocked.Decrement(ref _failures) >= 0) throw _failure!();
        var version = VersionOf(Known(route));
        if (version == BrokenVersion) throw GatewayException.Invalid("model", "The model takes no such text.");
        if (purpose == EmbeddingPurpose.Document)
        {
            foreach (var text in texts) Embedded.Enqueue(text);
        }

        return new EmbeddingBatch([.. texts.Select(text => new ReadOnlyMemory<float>(Vector(text, version)))], EncoderName, null);
    }

    /// <summary>The model's name: another one is another version of every route, and makes other vectors.</summary>
    public string Model
    {
        get => _models[^1];
        set => _models.Add(value);
    }

    /// <summary>What the encoder is called where vectors come back; that of one whose floor was measured has its floor.</summary>
    public string EncoderName { get; set; } = "lexical";

    /// <summary>Set to fail every embedding by this version of a route.</summary>
    public int? BrokenVersion { get; set; }

    public Task<string> PinEmbeddingsAsync(string route, CancellationToken cancellationToken) => Task.FromResult(Known(route).Contains('@', StringComparison.Ordinal) ? route : $"{route}@{_models.Count}");

    /// <summary>Null: the table has none.</summary>
    public TokenPrice? Price { get; set; }

    public Task<TokenPrice?> EmbeddingPriceAsync(string route, CancellationToken cancellationToken) => Task.FromResult(Price);

    public Task<string> EmbeddingIdentityAsync(string route, CancellationToken cancellationToken) => Task.FromResult(_models[VersionOf(Known(route)) - 1]);

    private int VersionOf(string route) => route.Split('@') is [_, var version] ? int.Parse(version, System.Globalization.CultureInfo.InvariantCulture) : _models.Count;

    private static string Known(string route) => route.Split('@')[0] == "no-such-route"
        ? throw GatewayException.NotFound("route_not_found", "There is no route 'no-such-route'.", "route")
        : route;

    public Task<IReadOnlyList<int>> CountTokensAsync(string route, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>([.. texts.Select(Words)]);

    public static int Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    public static float[] VectorOf(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in text.ToLowerInvariant().Split([' ', '\n', '.', ',', '?', '!', ':'], StringSplitOptions.RemoveEmptyEntries))
            vector[SHA256.HashData(Encoding.UTF8.GetBytes(word))[0] % dimensions] += 1;
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        if (length == 0) vector[0] = length = 1;
        return [.. vector.Select(value => value / length)];
    }

    // Each model has dimensions of its own, so that a vector of one is of no use where another's are.
    private float[] Vector(string text, int version) => VectorOf(text, Dimensions + version - 1);

    private static async IAsyncEnumerable<AnswerEvent> None([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        yield break;
    }
}
