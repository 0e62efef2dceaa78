using System.Globalization;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Demo;

/// <summary>What <c>gpu-worker demo</c> is asked for.</summary>
/// <param name="Shape">The shape of a random checkpoint; null for the checkpoints whose weights are set by hand.</param>
/// <param name="Config">That shape, with as many layers as are wanted.</param>
/// <param name="KeyValueHeads">Of the Llama that is set by hand: 2, or 4, which up to 4 ranks can serve.</param>
internal sealed record DemoOptions(string Output, string? Shape, LlamaConfig? Config, TensorType Type, int Seed, int KeyValueHeads)
{
    private const int ContextLength = 4096;

    /// <summary>The folder's name: shapes beside each other do not replace each other.</summary>
    public string RandomName => $"random-{Shape}{(Config!.Layers == ModelShape.Find(Shape!, 1)!.Layers ? "" : $"-{Config.Layers}-layers")}";

    /// <returns>The options, or one line that says which value is wrong and what is permitted.</returns>
    public static (DemoOptions? Options, string? Error) Read(IReadOnlyDictionary<string, string?> settings)
    {
        if (Value("output") is not { Length: > 0 } output)
            return (null, "demo needs --output DIR.");

        if (Value("kv-heads") is not (null or "2" or "4"))
            return (null, "--kv-heads must be 2 or 4.");

        var type = Value("format") switch { null or "f16" => TensorType.F16, "bf16" => TensorType.BF16, "f32" => TensorType.F32, _ => (TensorType?)null };
        if (type is null)
            return (null, "--format must be f16, bf16 or f32.");

        if (Value("shape") is not { } shape)
        {
            return Value("layers") is null && Value("seed") is null && Value("format") is null
                ? (new DemoOptions(output, null, null, TensorType.F16, 0, Value("kv-heads") == "4" ? 4 : 2), null)
                : (null, "--layers, --format and --seed go with --shape.");
        }
        if (ModelShape.Find(shape, ContextLength) is not { } config)
            return (null, $"--shape must be {ModelShape.Names}.");

        if (Value("kv-heads") is not null)
            return (null, "--kv-heads goes without --shape.");

        if (Number("layers", config.Layers, 1, config.Layers) is not { } layers)
            return (null, $"--layers must be from 1 to {config.Layers}.");

        return Number("seed", 1, 0, int.MaxValue) is { } seed
            ? (new DemoOptions(output, shape, config with { Layers = layers }, type.Value, seed, 2), null)
            : (null, $"--seed must be from 0 to {int.MaxValue}.");

        string? Value(string name) => settings.GetValueOrDefault(CommandOptions.DemoPrefix + name);

        int? Number(string name, int otherwise, int least, int most) =>
            Value(name) is not { } text ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number : null;
    }
}
