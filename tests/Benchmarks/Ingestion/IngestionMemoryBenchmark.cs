using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Documents;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>
/// What it takes to read and cut one large file: a process for each, so that each peak is its own. The peak is the process's highest resident set by Linux (<c>VmHWM</c>), runtime, file and text in
/// UTF-16 included; the model that counts tokens is a stand-in that takes four characters for one.
/// </summary>
internal static class IngestionMemoryBenchmark
{
    public static async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {await IngestionBenchmark.LoadAsync()}, .NET {Environment.Version}.");
        Console.WriteLine("| file | bytes | characters of text | chunks | seconds | peak MB |\n|---|---|---|---|---|---|");
        var folder = Directory.CreateTempSubdirectory("ingestion-memory-");
        try
        {
            foreach (var (what, name, make) in LargeFiles.All)
            {
                var path = Path.Combine(folder.FullName, name);
                await File.WriteAllBytesAsync(path, make());
                GC.Collect();
                var start = ThisProgram.With("ingestion-memory", path);
                start.RedirectStandardOutput = true;
                using var process = Process.Start(start)!;
                var answer = (await process.StandardOutput.ReadToEndAsync()).Trim();
                await process.WaitForExitAsync();
                Console.WriteLine($"| {what} | {new FileInfo(path).Length.ToString("N0", CultureInfo.InvariantCulture)} | {answer} |");
                File.Delete(path);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The child: reads one file and says what came of it.</summary>
    public static async Task ReadAsync(string path)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DocumentStorage"] = "UseDevelopmentStorage=true",
            ["Ingestion:MaxDocumentBytes"] = "104857600",
            ["Ingestion:MaxTextCharacters"] = "104857600",
            ["Ingestion:ReadTimeoutSeconds"] = "600",
        }).Build();
        await using var services = new ServiceCollection().AddLogging().AddIngestion(configuration).BuildServiceProvider();
        var clock = Stopwatch.StartNew();
        string outcome;
        try
        {
            var document = await services.GetRequiredService<BoundedReading>().ReadAsync(new DocumentFile(Path.GetFileName(path), null, await File.ReadAllBytesAsync(path)), CancellationToken.None);
            var chunks = await Chunker.ChunkAsync(
                document, new ChunkingSettings(160, 0, ChunkStrategy.Sentences), (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(text => (text.Length + 3) / 4)]), CancellationToken.None);
            outcome = string.Create(CultureInfo.InvariantCulture, $"{document.Text.Length:N0} | {chunks.Count:N0}");
        }
        catch (DocumentRejectedException rejected)
        {
            outcome = $"{rejected.Message} | 0";
        }

        var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome} | {clock.Elapsed.TotalSeconds:F1} | {long.Parse(peak, CultureInfo.InvariantCulture) / 1024}"));
    }
}
