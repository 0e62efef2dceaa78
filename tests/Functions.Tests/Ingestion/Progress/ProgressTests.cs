using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.Tests;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Progress;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Progress;

/// <summary>How documents get on, as pages hear of it and as it is asked for.</summary>
[Collection(AzureCollection.Name)]
public sealed class ProgressTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Ann = new("ann", ["staff"], IsOperator: false);
    private static readonly Caller Bob = new("bob", [], IsOperator: false);

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Whoever may see a document is in one of the groups that are told of it, and nobody else is.</summary>
    [Fact]
    public void Audience_AnyAccessAndCaller_IsWhoMaySeeIt()
    {
        var names = Gen.Elements("a", "b", "c", "group:a", "*x").ListOf().Select(list => list.Take(3).ToList());
        var cases = from groups in names
                    from users in names
                    from member in names
                    from id in Gen.Elements("a", "b", "z", "group:a")
                    from all in Gen.Elements(true, false, false)
                    select (new DocumentAccess(groups, users), new Caller(id, all ? [.. member, "*"] : member, IsOperator: false));
        Prop.ForAll(cases.ToArbitrary(), item =>
        {
            var (access, caller) = item;
            return ProgressAudience.Of("c", access).Intersect(ProgressAudience.Of("c", caller)).Any() == access.Permits(caller)
                && !ProgressAudience.Of("other", access).Intersect(ProgressAudience.Of("c", caller)).Any();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Audience_AccessNotKnownYet_IsOnlyWhoSeesEverything()
    {
        Assert.Empty(ProgressAudience.Of("c", (DocumentAccess?)null).Intersect(ProgressAudience.Of("c", Ann)));
        Assert.Single(ProgressAudience.Of("c", (DocumentAccess?)null).Intersect(ProgressAudience.Of("c", new Caller("o", [], IsOperator: true))));
    }

    [Fact]
    public async Task Push_ManyChanges_SendsTheLatestOfEachOncePerInterval()
    {
        var (time, channel) = (new ManualTime(), new RecordingProgress());
        await using var push = new ProgressPush(time, channel);
        DocumentStatus? before = null;
        for (var percent = 0; percent <= 90; percent += 10)
        {
            var after = new DocumentStatus { State = DocumentState.Embedding, Percent = percent, Access = DocumentAccess.Everyone };
            foreach (var path in (string[])["a.txt", "b.txt"]) push.Changed(new DocumentName("c", path), before, after);
            before = after;
        }

        Assert.Empty(channel.Sent);
        time.Advance(ProgressPush.Interval);
        var sent = Assert.Single(channel.Sent).Message;
        Assert.Equal([("a.txt", 90), ("b.txt", 90)], sent.Documents.Select(document => (document.Document, document.Percent)).Order());
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(channel.Sent);

        push.Changed(new DocumentName("c", "a.txt"), before, null);
        time.Advance(ProgressPush.Interval);
        Assert.Equal(["a.txt"], channel.Sent[1].Message.Gone);
    }

    [Fact]
    public async Task Push_AccessTakenAway_TellsThoseWhoSawItThatItIsGone()
    {
        var (time, channel) = (new ManualTime(), new RecordingProgress());
        await using var push = new ProgressPush(time, channel);
        var open = new DocumentStatus { State = DocumentState.Ready, Access = DocumentAccess.Everyone };
        push.Changed(new DocumentName("c", "a.txt"), open, open with { Access = new DocumentAccess(["staff"], []) });
        time.Advance(ProgressPush.Interval);
        Assert.Equal(["a.txt"], channel.HeardBy("c", Bob).SelectMany(message => message.Gone));
        Assert.Empty(channel.HeardBy("c", Bob).SelectMany(message => message.Documents));
        Assert.Equal(["a.txt"], channel.HeardBy("c", Ann).SelectMany(message => message.Documents).Select(document => document.Document));
    }

    [Fact]
    public async Task Push_ChannelThatDoesNotAnswer_KeepsAtMostSoMuch()
    {
        var (time, channel) = (new ManualTime(), new RecordingProgress { Blocked = new TaskCompletionSource() });
        await using var push = new ProgressPush(time, channel);
        var status = new DocumentStatus { State = DocumentState.Queued, Access = DocumentAccess.Everyone };
        push.Changed(new DocumentName("c", "first"), null, status);
        time.Advance(ProgressPush.Interval);
        for (var i = 0; i < 50_000; i++) push.Changed(new DocumentName("c", $"{i}"), null, status);
        channel.Blocked.SetResult();
        time.Advance(ProgressPush.Interval);
        Assert.InRange(channel.Sent.Sum(sent => sent.Message.Documents.Count), 1, 20_001);
        Assert.All(channel.Sent, sent => Assert.InRange(sent.Message.Documents.Count, 1, 200));
    }

    /// <summary>Through ingestion itself: a page hears of every stage's end, by the same names as the list.</summary>
    [Fact]
    public async Task Ingestion_OfADocument_IsHeardToTheEnd()
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.SendAsync(await _app.DeleteBlobAsync("a.txt"));
        await _app.Durable.RunAsync();
        await _app.Get<ProgressPush>().DisposeAsync();
        var states = _app.Watched.Select(change => change.After?.State).ToList();
        Assert.Equal(
            [DocumentState.Queued, DocumentState.Extracting, DocumentState.Ready, DocumentState.Queued, null],
            states.Where(state => state is DocumentState.Queued or DocumentState.Extracting or DocumentState.Ready or null).Aggregate(
                new List<DocumentState?>(), (seen, state) => seen.Count > 0 && seen[^1] == state ? seen : [.. seen, state]));
    }

    [Fact]
    public async Task Subscribe_CollectionThatMayNotBeRead_IsNotFound()
    {
        await _app.Get<CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, Groups = ["board"] }, default);
        var channel = new RecordingProgress();
        var functions = new ProgressFunctions(_app.Get<CollectionStore>(), channel, _app.Get<CollectionProgress>());
        Assert.Equal(404, (await Assert.ThrowsAsync<GatewayException>(() => functions.SubscribeAsync(DocumentFunctionsTests.RequestTo(_app, Ann, null)))).Status);
        Assert.Equal(404, (await Assert.ThrowsAsync<GatewayException>(() => functions.GetAsync(DocumentFunctionsTests.RequestTo(_app, Ann, null)))).Status);
        Assert.Empty(channel.Joined);
        await functions.SubscribeAsync(DocumentFunctionsTests.RequestTo(_app, new Caller("chair", ["board"], IsOperator: false), null));
        Assert.All(channel.Joined, joined => Assert.Equal("chair", joined.User));
    }

    [Fact]
    public async Task Progress_OfACollection_CountsWhatTheCallerMaySee()
    {
        await _app.IngestAsync("a.md", "# A\n\nOne.\n\n# B\n\nTwo.\n");
        await _app.SendAsync(await _app.PutBlobAsync("bad.txt", new BinaryData(new byte[] { 0x41, 0x00, 0xFF })));
        await _app.Durable.RunAsync();
        await _app.IngestAsync("staff.txt", "For staff.");
        await _app.IngestAsync("staff.txt.acl.json", """{"groups":["staff"]}""");
        var all = await ProgressAsync(Ann);
        Assert.Equal((3, 100, 3, true), (all.GetProperty("documents").GetInt32(), all.GetProperty("percent").GetInt32(), all.GetProperty("chunks").GetInt32(), all.GetProperty("idle").GetBoolean()));
        Assert.Equal((2, 1), (all.GetProperty("states").GetProperty("ready").GetInt32(), all.GetProperty("states").GetProperty("failed").GetInt32()));
        Assert.NotEmpty(all.GetProperty("last_error").GetString()!);
        Assert.Equal(2, (await ProgressAsync(Bob)).GetProperty("documents").GetInt32());
        await _app.SendAsync(await _app.PutBlobAsync("c.txt", "Waiting."));
        Assert.False((await ProgressAsync(new Caller("o", [], IsOperator: true))).GetProperty("idle").GetBoolean());
    }

    private async Task<JsonElement> ProgressAsync(Caller caller)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, caller, null);
        var functions = new ProgressFunctions(_app.Get<CollectionStore>(), new RecordingProgress(), _app.Get<CollectionProgress>());
        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await functions.GetAsync(request))).RootElement;
    }
}
