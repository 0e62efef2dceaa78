namespace Serverless.GpuWorker.Model.Formats;

/// <summary>The formats that a converted checkpoint may have, by their names on the command line and in manifests.</summary>
internal static class WeightFormats
{
    public const string Names = "f32, f16, int8 or int4";

    private static readonly (string Name, WeightFormat Format)[] Known =
        [("f32", WeightFormat.Float32), ("f16", WeightFormat.Float16), ("int8", WeightFormat.Int8), ("int4", WeightFormat.Int4)];

    public static string NameOf(WeightFormat format)
    {
        foreach (var known in Known)
            if (known.Format == format)
                return known.Name;

        return "as stored";
    }

    public static WeightFormat? Parse(string? name)
    {
        foreach (var known in Known)
            if (known.Name == name)
                return known.Format;

        return null;
    }

    /// <summary>Bits of a quantised weight; 0 where weights are numbers of their own.</summary>
    public static int QuantizedBits(WeightFormat format) => format switch
    {
        WeightFormat.Int8 => 8,
        WeightFormat.Int4 => 4,
        _ => 0,
    };
}
