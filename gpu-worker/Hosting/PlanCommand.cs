using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker plan</c>.</summary>
internal static class PlanCommand
{
    /// <returns>The process's exit code: 0, 1 when the model cannot be divided so, 2 when an option is wrong.</returns>
    public static int Run(IReadOnlyDictionary<string, string?> settings)
    {
        var (table, error) = Table(settings);
        if (table is null)
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        try
        {
            Console.WriteLine(table());
            return 0;
        }
        catch (CheckpointException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static (Func<string>? Table, string? Error) Table(IReadOnlyDictionary<string, string?> settings)
    {
        IReadOnlyList<string> shapes = ["7b", "13b", "70b"], formatNames = ["f16", "int8", "int4"];
        IReadOnlyList<int> ranks = [1, 2, 4, 8];
        if (Value("shape") is { } shape)
        {
            if (ModelShape.Find(shape, 1) is null) return (null, $"--shape must be {ModelShape.Names}.");
            shapes = [shape];
        }

        if (Value("ranks") is { } text)
        {
            if (ConvertOptions.ReadRanks(text) is not { } count) return (null, "--ranks must be 1, 2, 4 or 8.");
            ranks = [count];
        }

        if (Value("format") is { } format) formatNames = [format];
        List<WeightFormatMix> formats = [];
        foreach (var name in formatNames)
        {
            var (mix, error) = ConvertOptions.ReadFormats(name, Value("keep"));
            if (mix is null) return (null, error);
            formats.Add(mix);
        }

        return (() => SizeTable.Write(shapes, formats, ranks), null);

        string? Value(string name) => settings.GetValueOrDefault(CommandOptions.PlanPrefix + name);
    }
}
