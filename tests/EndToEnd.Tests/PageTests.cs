using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

[Collection("stack")]
public sealed class PageTests(StackFixture fixture)
{
    [ChromiumFact]
    public async Task Page_UsedByAPerson_AnswersCitesUploadsAndFitsAPhone()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-page-");
        try
        {
            var seen = JsonDocument.Parse(await NodeScript.RunAsync("page.mjs", fixture.Stack.Http.BaseAddress!.ToString().TrimEnd('/'), folder.FullName)).RootElement;
            string Text(string name) => seen.GetProperty(name).GetString()!;
            Assert.Contains("cold draught", Text("answer"), StringComparison.Ordinal);
            Assert.NotEmpty(seen.GetProperty("sources").EnumerateArray());
            Assert.Contains("cold draught", Text("mark"), StringComparison.Ordinal);
            Assert.True(seen.GetProperty("passageClosed").GetBoolean());
            Assert.Contains("dusk", Text("uploaded"), StringComparison.Ordinal);
            Assert.InRange(seen.GetProperty("listed").GetInt32(), 0, 1);
            Assert.True(seen.GetProperty("dropped").GetBoolean());
            Assert.Contains("not supported", Text("reason"), StringComparison.Ordinal);
            Assert.Equal("Delete?", Text("asked"));
            Assert.True(seen.GetProperty("deleted").GetBoolean());
            Assert.Equal(3, seen.GetProperty("away").GetInt32());
            Assert.Equal("dark", Text("theme"));
            Assert.Equal("dark", Text("themeKept"));
            Assert.Contains("uneven watering", Text("byKeyboard"), StringComparison.Ordinal);
            Assert.False(seen.GetProperty("overflow").GetBoolean());
            Assert.Contains("8k", Text("phone"), StringComparison.Ordinal);
            Assert.Empty(seen.GetProperty("console").EnumerateArray().Select(m => m.GetString()));
        }
        finally
        {
            folder.Delete(recursive: true);
            foreach (var name in new[] { "moonflowers.md", "snowdrops.txt", "odd.xyz" }) await fixture.Stack.Documents().GetBlobClient($"gardening/{name}").DeleteIfExistsAsync();
        }
    }
}
