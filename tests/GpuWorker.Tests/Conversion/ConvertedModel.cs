using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Conversion;

/// <summary>A folder to convert into, removed at the end.</summary>
internal sealed class ConvertedModel : IDisposable
{
    /// <summary>Removed at the end with all that is in it.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("converted-").FullName;

    public string Folder => Path.Combine(Root, "out");

    /// <summary>A shape that every format and up to 4 ranks can take.</summary>
    public static LlamaConfig Shape => RandomLlama.Tiny(4, 2, 16) with { HiddenSize = 64, IntermediateSize = 160 };

    public static ConvertedModel Of(RandomLlama model, WeightFormatMix formats, int ranks = 1)
    {
        var converted = new ConvertedModel();
        converted.Convert(model.Folder, formats, ranks);
        return converted;
    }

    public ConvertedManifest Convert(string source, WeightFormatMix formats, int ranks = 1, IOutputStorage? storage = null) =>
        Converter.Run(new ConversionRequest(source, Folder, formats, ranks), storage ?? new DiskStorage(), new SilentProgress()).Manifest;

    /// <summary>Every file by its path, with its content.</summary>
    public Dictionary<string, byte[]> Content() => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(Root, file), File.ReadAllBytes);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private sealed class SilentProgress : IConversionProgress
    {
        public void Begin(long bytes, long resumed)
        {
        }

        public void Advance(string tensor, long bytes)
        {
        }

        public void End()
        {
        }
    }
}
