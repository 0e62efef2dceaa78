using System.Net;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;
using Serverless.Documents;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Ocr;

namespace Serverless.Functions.Tests.Ingestion;

public sealed class DocumentIntelligenceTests
{
    private const string Operation = "https://ocr.cognitiveservices.azure.com/documentintelligence/documentModels/prebuilt-layout/analyzeResults/1?api-version=2024-11-30";

    private static readonly DocumentFile Scan = new("a.png", "image/png", "picture"u8.ToArray());

    [Fact]
    public async Task Read_Scan_GivesHeadingsTablesAndPages()
    {
        var service = new Service(
            _ => Accepted(Operation),
            _ => Json("""{"status":"running"}"""),
            _ => Json("""
                {"status":"succeeded","analyzeResult":{
                  "paragraphs":[
                    {"role":"pageHeader","content":"Our garden","spans":[{"offset":0,"length":10}],"boundingRegions":[{"pageNumber":1}]},
                    {"role":"title","content":"Ferns","spans":[{"offset":11,"length":5}],"boundingRegions":[{"pageNumber":1}]},
                    {"content":"Ferns like shade.","spans":[{"offset":17,"length":17}],"boundingRegions":[{"pageNumber":1}]},
                    {"content":"Plant","spans":[{"offset":40,"length":5}],"boundingRegions":[{"pageNumber":2}]},
                    {"role":"sectionHeading","content":"Roses","spans":[{"offset":80,"length":5}],"boundingRegions":[{"pageNumber":2}]},
                    {"content":"Roses like sun.","spans":[{"offset":90,"length":15}],"boundingRegions":[{"pageNumber":2}]},
                    {"role":"pageNumber","content":"2","spans":[{"offset":110,"length":1}],"boundingRegions":[{"pageNumber":2}]}],
                  "tables":[{"spans":[{"offset":40,"length":30}],"boundingRegions":[{"pageNumber":2}],"cells":[
                    {"rowIndex":0,"columnIndex":0,"content":"Plant"},{"rowIndex":0,"columnIndex":2,"content":"Care"},{"rowIndex":1,"columnIndex":0,"content":"Fern"}]}]}}
                """));
        var document = await Client(service).ReadAsync(Scan, CancellationToken.None);
        Assert.Equal(
            [(1, "Ferns", "Ferns like shade."), (2, "Ferns", "| Plant |  | Care |\n| --- | --- | --- |\n| Fern |  |  |"), (2, "Ferns > Roses", "Roses like sun.")],
            document.Sections.Select(section => (section.Page, section.Heading, document.Text[section.Start..section.End])));
        Assert.Equal("Ferns", document.Title);
        Assert.Equal("https://ocr.cognitiveservices.azure.com/documentintelligence/documentModels/prebuilt-layout:analyze?api-version=2024-11-30&stringIndexType=utf16CodeUnit", service.Requests[0].Uri);
        Assert.Equal(("picture", "Bearer token"), (service.Requests[0].Body, service.Requests[0].Authorization));
        Assert.Equal(Operation, service.Requests[1].Uri);
    }

    [Theory]
    [InlineData("https://elsewhere.example/steal")]
    [InlineData("http://ocr.cognitiveservices.azure.com/x")]
    [InlineData("https://ocr.cognitiveservices.azure.com:8443/x")]
    public async Task Read_OperationElsewhere_NeverSeesTheToken(string location)
    {
        var service = new Service(_ => Accepted(location));
        await Assert.ThrowsAsync<RequestFailedException>(() => Client(service).ReadAsync(Scan, CancellationToken.None));
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task Read_WhatTheServiceRefuses_IsRejectedWithoutItsWords()
    {
        var refused = await Assert.ThrowsAsync<DocumentRejectedException>(
            () => Client(new Service(_ => new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("secret") })).ReadAsync(Scan, CancellationToken.None));
        Assert.Equal("Document Intelligence refuses the file with status 400.", refused.Message);
        var failed = await Assert.ThrowsAsync<DocumentRejectedException>(
            () => Client(new Service(_ => Accepted(Operation), _ => Json("""{"status":"failed","error":{"message":"secret"}}"""))).ReadAsync(Scan, CancellationToken.None));
        Assert.Equal("Document Intelligence cannot read the file.", failed.Message);
        var empty = await Assert.ThrowsAsync<DocumentRejectedException>(
            () => Client(new Service(_ => Accepted(Operation), _ => Json("""{"status":"succeeded","analyzeResult":{}}"""))).ReadAsync(Scan, CancellationToken.None));
        Assert.Contains("no text", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ServiceThatForbids_IsTriedAgainLater() =>
        Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(
            () => Client(new Service(_ => new HttpResponseMessage(HttpStatusCode.Forbidden))).ReadAsync(Scan, CancellationToken.None))).Status);

    [Fact]
    public void Configured_OnlyWithAnEndpoint()
    {
        var client = new DocumentIntelligence(Options.Create(new IngestionOptions()), new DocumentIntelligenceClientOptions(), () => throw new InvalidOperationException(), TimeProvider.System);
        Assert.False(client.IsConfigured);
    }

    [Theory]
    [InlineData("http://ocr.example")]
    [InlineData("relative")]
    public void Endpoint_ThatIsNoHttps_EndsTheStart(string endpoint)
    {
        var options = new IngestionOptions { DocumentIntelligence = { Endpoint = new Uri(endpoint, UriKind.RelativeOrAbsolute) } };
        Assert.Contains("Ingestion:DocumentIntelligence:Endpoint", new IngestionOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_OutOfRange_EndTheStartByName()
    {
        var options = new IngestionOptions
        {
            ReadParallelism = 0,
            MaxTextCharacters = 1,
            MaxElements = 0,
            MaxUnpackedBytes = 0,
            MaxUnpackRatio = 0,
            MaxArchiveFiles = 0,
            MaxArchiveDepth = -1,
            MaxPages = 0,
            ReadTimeoutSeconds = 0,
        };
        var failures = new IngestionOptionsValidator().Validate(null, options).Failures!.ToList();
        foreach (var name in (string[])["ReadParallelism", "MaxTextCharacters", "MaxElements", "MaxUnpackedBytes", "MaxUnpackRatio", "MaxArchiveFiles", "MaxArchiveDepth", "MaxPages", "ReadTimeoutSeconds"])
            Assert.Contains(failures, failure => failure.StartsWith($"Ingestion:{name} is ", StringComparison.Ordinal));
    }

    private static DocumentIntelligence Client(Service service)
    {
        var options = new IngestionOptions { DocumentIntelligence = { Endpoint = new Uri("https://ocr.cognitiveservices.azure.com/") } };
        var client = new DocumentIntelligenceClientOptions { Transport = new HttpClientTransport(service) };
        client.Retry.MaxRetries = 0;
        return new DocumentIntelligence(Options.Create(options), client, () => new Token(), new ImmediateTime());
    }

    private static HttpResponseMessage Accepted(string location)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Accepted);
        answer.Headers.Add("Operation-Location", location);
        return answer;
    }

    private static HttpResponseMessage Json(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private sealed class Service(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public List<(string Uri, string Body, string? Authorization)> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
            Requests.Add((request.RequestUri!.ToString(), body, request.Headers.Authorization?.ToString()));
            return answers[Requests.Count - 1](request);
        }
    }

    private sealed class Token : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }

    // Short waits are over at once; the deadline is never reached.
    private sealed class ImmediateTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime < TimeSpan.FromMinutes(1) ? TimeSpan.Zero : dueTime, period);
    }
}
