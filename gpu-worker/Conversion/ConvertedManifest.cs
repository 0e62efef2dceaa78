using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Conversion;

/// <summary>What a converted folder holds. It is written last: a folder without one is not complete.</summary>
internal sealed record ConvertedManifest
{
    public const string FileName = "manifest.json";
    public const string FormatName = "serverless-weights";

    /// <summary>Raised whenever weights lie differently.</summary>
    public const int CurrentVersion = 3;

    private const long MaxBytes = 64 << 20;

    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>llama or t5-encoder.</summary>
    public required string Model { get; init; }

    public required JsonElement Shape { get; init; }

    public required int Ranks { get; init; }

    /// <summary>f32, f16, int8 or int4.</summary>
    public required string WeightFormat { get; init; }

    /// <summary>Rules for matrices of another format.</summary>
    public required IReadOnlyList<string> Keep { get; init; }

    public required IReadOnlyList<ManifestFile> Files { get; init; }

    public required IReadOnlyList<ManifestTensor> Tensors { get; init; }

    public required ManifestAccuracy Accuracy { get; init; }

    /// <summary>The formats that the model was converted to.</summary>
    /// <exception cref="CheckpointException">They are none that are known.</exception>
    public WeightFormatMix Formats()
    {
        var format = WeightFormats.Parse(WeightFormat) ?? throw new CheckpointException($"{FileName}: weight_format must be {WeightFormats.Names}.");
        return new WeightFormatMix(format, [.. Keep.Select(text => WeightFormatRule.Parse(text) ?? throw new CheckpointException($"{FileName}: keep holds '{text}', which is no rule."))]);
    }

    /// <summary>Refuses a folder whose config.json is not that of the conversion.</summary>
    /// <exception cref="CheckpointException">A field differs; the message names it.</exception>
    public void CheckShape(JsonElement configured)
    {
        if (Shape.ValueKind != JsonValueKind.Object)
            throw new CheckpointException($"{FileName}: shape must be an object.");

        foreach (var field in configured.EnumerateObject())
        {
            if (!Shape.TryGetProperty(field.Name, out var converted))
                throw new CheckpointException($"{FileName} lacks shape.{field.Name}.");

            if (!JsonElement.DeepEquals(converted, field.Value))
                throw new CheckpointException($"{FileName}: shape.{field.Name} is not that of config.json, {field.Value}: the checkpoint must be converted again.");
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Options);

    /// <exception cref="CheckpointException">The file is missing, malformed, or of another version.</exception>
    public static ConvertedManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new CheckpointException($"{FileName} is missing.");

        if (new FileInfo(path).Length > MaxBytes)
            throw new CheckpointException($"{FileName} has more than {MaxBytes} bytes.");

        try
        {
            var manifest = JsonSerializer.Deserialize<ConvertedManifest>(File.ReadAllBytes(path), ManifestJson.Options)
                ?? throw new CheckpointException($"{FileName} is null.");
            manifest.Check();
            return manifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            string place = (exception as JsonException)?.Path is { } at ? $" at {at}" : "";
            throw new CheckpointException($"{FileName} is not the manifest of a converted checkpoint{place}.", exception);
        }
    }

    private void Check()
    {
        if (Format != FormatName)
            throw new CheckpointException($"{FileName}: format must be {FormatName}.");

        if (Version != CurrentVersion)
            throw new CheckpointException($"{FileName}: version is {Version}; this build reads {CurrentVersion}: convert the checkpoint again.");

        if (Ranks is not (1 or 2 or 4 or 8))
            throw new CheckpointException($"{FileName}: ranks must be 1, 2, 4 or 8.");

        if (Files.Any(file => file?.Name is null || file.Sha256 is null) || Tensors.Any(tensor => tensor?.Name is null || tensor.File is null || tensor.Shape is null) || Keep.Any(rule => rule is null))
            throw new CheckpointException($"{FileName} has an entry that is null.");
    }
}
