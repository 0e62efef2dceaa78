using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using Azure.Core;
using Serverless.Contracts.SignalR;

namespace Serverless.Functions.Tests.Streaming;

/// <summary>A SignalR service that keeps what it is asked to deliver.</summary>
internal sealed class RecordingSignalR : HttpMessageHandler
{
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>();

    /// <summary>What a request is answered with.</summary>
    public Func<HttpResponseMessage> Answer { get; set; } = () => new HttpResponseMessage(HttpStatusCode.Accepted);

    /// <param name="credential">Given: the service is reached with an identity instead of a key.</param>
    public SignalRServiceClient Client(TimeProvider time, TokenCredential? credential = null)
    {
        var secret = credential is null ? $"AccessKey={Convert.ToBase64String(new byte[32])}" : "AuthType=azure.msi";
        return new SignalRServiceClient(new HttpClient(this), SignalRConnectionString.Parse($"Endpoint=https://x.service.signalr.net;{secret}", "SignalR"), time, credential);
    }

    /// <summary>Who has which connection; null where groups are not what a test is about.</summary>
    public Dictionary<string, string>? Connections { get; set; } = new() { ["c-1"] = "anonymous", ["c"] = "anonymous" };

    /// <summary>Groups that have a member.</summary>
    public ConcurrentDictionary<string, string> Groups { get; } = new();

    public async Task<Message> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _messages.Reader.ReadAsync(deadline.Token);
    }

    /// <summary>What was delivered and not read with <see cref="NextAsync"/>.</summary>
    public int Unread => _messages.Reader.Count;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Connections is { } owners && request.RequestUri!.AbsolutePath.Split('/') is ["", "api", "hubs", "answers", "groups", var group, "connections", ..])
            return Group(request, group, request.RequestUri.AbsolutePath.Split('/').ElementAtOrDefault(7), owners);
        var answer = Answer();
        if (!answer.IsSuccessStatusCode || request.Content is null) return answer;
        var body = JsonDocument.Parse(await request.Content.ReadAsStringAsync(cancellationToken)).RootElement;
        _messages.Writer.TryWrite(new Message(request.RequestUri!.AbsolutePath, body.GetProperty("target").GetString()!, Assert.Single(body.GetProperty("arguments").EnumerateArray())));
        return answer;
    }

    private HttpResponseMessage Group(HttpRequestMessage request, string group, string? connection, Dictionary<string, string> owners)
    {
        if (request.Method == HttpMethod.Get)
        {
            Assert.Contains("api-version=2024-12-01", request.RequestUri!.Query, StringComparison.Ordinal);
            var members = Groups.TryGetValue(group, out var member) ? new[] { new { connectionId = member, userId = owners[member] } } : [];
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = JsonContent.Create(new { value = members }) };
        }

        if (request.Method == HttpMethod.Delete) Groups.TryRemove(group, out _);
        else if (owners.ContainsKey(connection!)) Groups[group] = connection!;
        else return new HttpResponseMessage(HttpStatusCode.NotFound);
        return new HttpResponseMessage(HttpStatusCode.OK);
    }

    internal sealed record Message(string Path, string Target, JsonElement Argument)
    {
        public string? Text => Argument.GetProperty("text").GetString();

        public long Seq => Argument.GetProperty("seq").GetInt64();

        public string? Code => Argument.GetProperty("error").GetProperty("code").GetString();
    }
}
