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
            Assert.Equal(Text("mark"), Text("byNumber"));
            Assert.Contains("dusk", Text("uploaded"), StringComparison.Ordinal);
            Assert.InRange(seen.GetProperty("listed").GetInt32(), 0, 1);
            Assert.True(seen.GetProperty("dropped").GetBoolean());
            Assert.Equal(["album/crocus.txt", "album/spring/squill.txt"], seen.GetProperty("folder").EnumerateArray().Select(n => n.GetString()));
            Assert.Contains("not supported", Text("reason"), StringComparison.Ordinal);
            Assert.Equal("Delete?", Text("asked"));
            Assert.True(seen.GetProperty("deleted").GetBoolean());
            Assert.Equal(3, seen.GetProperty("away").GetInt32());
            Assert.Equal("dark", Text("theme"));
            Assert.Equal("dark", Text("themeKept"));
            Assert.True(seen.GetProperty("anew").GetBoolean());
            Assert.Equal([3, 0], seen.GetProperty("turns").EnumerateArray().Select(t => t.GetInt32()));
            Assert.Contains("uneven watering", Text("byKeyboard"), StringComparison.Ordinal);
            Assert.False(seen.GetProperty("overflow").GetBoolean());
            Assert.True(seen.GetProperty("drawerFocused").GetBoolean());
            Assert.Equal("open-side", Text("drawerReturned"));
            Assert.Contains("8k", Text("phone"), StringComparison.Ordinal);
            Assert.Equal("Ask the model.", Text("chosen"));
            Assert.Empty(seen.GetProperty("console").EnumerateArray().Select(m => m.GetString()));
        }
        finally
        {
            folder.Delete(recursive: true);
            foreach (var name in new[] { "moonflowers.md", "snowdrops.txt", "odd.xyz", "album/crocus.txt", "album/spring/squill.txt" }) await fixture.Stack.Documents().GetBlobClient($"gardening/{name}").DeleteIfExistsAsync();
        }
    }

    [ChromiumFact]
    public async Task Page_ShowingMarkdown_ShowsWhatWasMeantAndLetsReadersRead()
    {
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("prose.mjs", fixture.Stack.Http.BaseAddress!.ToString().TrimEnd('/'))).RootElement;
        foreach (var wanted in seen.GetProperty("wanted").EnumerateObject())
        {
            foreach (var how in (string[])["shown", "grown"])
                Assert.Equal((wanted.Name, how, wanted.Value.GetString()), (wanted.Name, how, seen.GetProperty(how).GetProperty(wanted.Name).GetString()));
        }

        IEnumerable<string?> Texts(string name) => seen.GetProperty(name).EnumerateArray().Select(t => t.GetString());
        Assert.Equal(["noopener noreferrer nofollow", "_blank"], Texts("links"));
        Assert.All(Texts("rightToLeft"), direction => Assert.Equal("rtl", direction));
        Assert.Equal(["<p>It is <strong>ver</strong></p>", "<p>It is **ver</p>"], Texts("bold"));
        Assert.Equal(["The first.", "The second"], Texts("selected"));
        // What is below the view: nothing, as long as nobody goes up; what came since, and what was gone up by; nothing, once its reader is at the end again.
        Assert.Equal([0, 590, 0], seen.GetProperty("left").EnumerateArray().Select(l => (int)Math.Round(l.GetDouble())));
        Assert.All(seen.GetProperty("hostile").EnumerateArray(), ms => Assert.InRange(ms.GetDouble(), 0, 5000));
    }

    [ChromiumFact]
    public async Task Page_StoppedPastedIntoAndWithoutStorage_DoesWhatItsUserMeant()
    {
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("conversation.mjs", fixture.Stack.Http.BaseAddress!.ToString().TrimEnd('/'))).RootElement;
        Assert.True(seen.GetProperty("stoppedEarly").GetBoolean());
        Assert.Equal("It is **long", seen.GetProperty("stoppedProse").GetString());
        Assert.Equal(
            ["user: What is long?", "assistant: It is **long", "user: And then?"],
            seen.GetProperty("asked").EnumerateArray().Select(m => $"{m[0].GetString()}: {m[1].GetString()}"));
        Assert.Equal("The answer: Then this: a", seen.GetProperty("news").GetString());
        Assert.Equal("Thinking", seen.GetProperty("thinking").GetString());
        Assert.All(["thought", "folded"], name => Assert.True(seen.GetProperty(name).GetBoolean(), name));
        Assert.Equal("Let me see.", seen.GetProperty("thoughts").GetString());
        Assert.Equal("**Here**:\n```js\nlet x = 1;\n```", seen.GetProperty("copied").GetString());
        Assert.Equal("let x = 1;", seen.GetProperty("copiedCode").GetString());
        Assert.Equal(1, seen.GetProperty("again").GetInt32());
        Assert.Equal(["What is long?", "It is **long", "And then?", "Then this:\n- a", "Show me code"], seen.GetProperty("askedAgain").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal("[4,4,\"No.\"]", seen.GetProperty("replaced").GetRawText());
        Assert.Equal(0, seen.GetProperty("composed").GetInt32());
        Assert.Equal(12_004, seen.GetProperty("pasted").GetInt32());
        Assert.Equal("Hello.", seen.GetProperty("withoutStorage").GetString());
    }

    [ChromiumFact]
    public async Task Page_BeforeAGatewayThatAsksWhoOneIs_TakesAKeyOrASignIn()
    {
        var address = fixture.Stack.Http.BaseAddress!.ToString().TrimEnd('/');
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("sign-in.mjs", address)).RootElement;
        string? Text(string name) => seen.GetProperty(name).GetString();
        bool Is(string name) => seen.GetProperty(name).GetBoolean();
        Assert.Equal("/web-chat/index.html", Text("address"));
        Assert.False(Is("signInOffered"), "Sign-in is offered where the gateway takes keys only.");
        Assert.True(Is("staysOpen"));
        Assert.Equal("This key is not known.", Text("refused"));
        Assert.Contains("cold draught", Text("byKey"), StringComparison.Ordinal);
        Assert.Equal("Key", Text("keyHolder"));
        Assert.True(Is("keptByTab"));
        Assert.True(Is("forgotten"));
        Assert.Equal("", Text("hash"));
        Assert.Equal(
            ["22222222-2222-2222-2222-222222222222", "True", "S256", $"{address}/web-chat/"],
            seen.GetProperty("asked").EnumerateArray().Take(4).Select(a => a.ToString()));
        Assert.True(Is("proved"), "The code's verifier is not that of its challenge.");
        Assert.True(Is("tokenHidden"));
        Assert.Contains("cold draught", Text("bySignIn"), StringComparison.Ordinal);
        Assert.Equal(("Ada Lovelace", "Ada Lovelace"), (Text("person"), Text("signInKept")));
        Assert.Equal($"{address}/web-chat/", Text("signedOut"));
        Assert.Null(Text("signedOutOf"));
        Assert.Empty(seen.GetProperty("console").EnumerateArray().Select(m => m.GetString()));
    }
}
