namespace Serverless.GpuWorker.Demo;

/// <summary>The texts and tokenizer models that are built into the assembly.</summary>
internal static class DemoResources
{
    public static byte[] Bytes(string name)
    {
        using var stream = typeof(DemoResources).Assembly.GetManifestResourceStream($"Demo.{name}")
            ?? throw new InvalidOperationException($"The assembly lacks the resource Demo.{name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(new MemoryStream(Bytes(name)));
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0) yield return line;
        }
    }
}
