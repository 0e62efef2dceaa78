using System.Reflection;
using System.Text.Json;

namespace Serverless.Functions.Tests.Deployment;

/// <summary>
/// What Azure's host is told of the app: functions.metadata, as the build writes it beside the executable, against functions.txt beside this test. A
/// function that is renamed, loses a trigger or asks for a host key is seen here first.
/// </summary>
public sealed class FunctionMetadataTests
{
    [Fact]
    public void Metadata_OfTheBuiltApp_IsAsListed()
    {
        var built = Functions().Select(Line).Order(StringComparer.Ordinal).ToList();
        var listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Deployment", "functions.txt"));
        Assert.Equal(listed, built);
    }

    /// <summary>Azure's host goes through functions by name and takes the first route that matches: none may hide a later one.</summary>
    [Fact]
    public void Routes_InTheOrderOfNames_HideNoneThatFollows()
    {
        var routes = Functions().Where(f => Trigger(f).GetProperty("type").GetString() == "httpTrigger")
            .OrderBy(f => f.GetProperty("name").GetString(), StringComparer.OrdinalIgnoreCase)
            .SelectMany(f => Trigger(f).GetProperty("methods").EnumerateArray().Select(m => (Name: f.GetProperty("name").GetString()!, Method: m.GetString()!, Route: Trigger(f).GetProperty("route").GetString()!)))
            .ToList();
        foreach (var (earlier, later) in routes.SelectMany((earlier, i) => routes.Skip(i + 1).Where(later => later.Method == earlier.Method).Select(later => (earlier, later))))
            Assert.False(Hides(earlier.Route, later.Route), $"{earlier.Name} ({earlier.Route}) hides {later.Name} ({later.Route}).");
    }

    [Fact]
    public void Reading_AnyPath_TakesHeadToo() => Assert.All(
        Functions().Where(f => Trigger(f).GetProperty("type").GetString() == "httpTrigger").Select(f => (Name: f.GetProperty("name").GetString(), Methods: Trigger(f).GetProperty("methods").EnumerateArray().Select(m => m.GetString()).ToList())),
        f => Assert.True(f.Methods.Contains("get") == f.Methods.Contains("head"), $"{f.Name} takes {string.Join(',', f.Methods)}."));

    /// <summary>Whether every path of <paramref name="later"/> also matches <paramref name="earlier"/>.</summary>
    private static bool Hides(string earlier, string later)
    {
        var (first, second) = (earlier.Split('/'), later.Split('/'));
        for (var i = 0; i < first.Length; i++)
        {
            if (first[i].StartsWith("{*", StringComparison.Ordinal)) return !first[i].Contains("minlength", StringComparison.Ordinal) || i < second.Length;
            if (i >= second.Length) return false;
            var same = first[i].StartsWith('{') ? !second[i].StartsWith("{*", StringComparison.Ordinal) : string.Equals(first[i], second[i], StringComparison.OrdinalIgnoreCase);
            if (!same) return false;
        }

        return first.Length == second.Length;
    }

    /// <summary>Every function that HTTP reaches: its name, methods in lower case and template.</summary>
    internal static IReadOnlyList<(string Name, IReadOnlyList<string> Methods, string Template)> HttpRoutes() =>
    [
        .. from function in Functions()
           let trigger = Trigger(function)
           where trigger.GetProperty("type").GetString() == "httpTrigger"
           select (function.GetProperty("name").GetString()!, (IReadOnlyList<string>)[.. trigger.GetProperty("methods").EnumerateArray().Select(m => m.GetString()!)], trigger.GetProperty("route").GetString()!),
    ];

    private static string Line(JsonElement function)
    {
        var trigger = Trigger(function);
        var type = trigger.GetProperty("type").GetString();
        var detail = type switch
        {
            "httpTrigger" => $"{string.Join(',', trigger.GetProperty("methods").EnumerateArray())} /{trigger.GetProperty("route").GetString()} {trigger.GetProperty("authLevel").GetString()}",
            "queueTrigger" => $"{trigger.GetProperty("queueName").GetString()} ({trigger.GetProperty("connection").GetString()})",
            "timerTrigger" => trigger.GetProperty("schedule").GetString(),
            _ => string.Empty,
        };
        return $"{function.GetProperty("name").GetString()} {type} {detail}".TrimEnd();
    }

    private static JsonElement Trigger(JsonElement function) =>
        function.GetProperty("bindings").EnumerateArray().Single(b => b.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal));

    private static List<JsonElement> Functions()
    {
        string Metadata(string key) => typeof(FunctionMetadataTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
        var file = Path.Combine(Metadata("RepositoryRoot"), "functions", "bin", Metadata("Configuration"), "net10.0", "functions.metadata");
        return [.. JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray()];
    }
}
