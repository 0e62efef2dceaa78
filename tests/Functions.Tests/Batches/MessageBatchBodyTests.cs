using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Batches.Messages;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Batches;

public sealed class MessageBatchBodyTests
{
    private static readonly Gen<string> Element = Gen.Elements("""{"custom_id":"a","params":{"model":"é","n":[1,{"b":"]}"}]}}""", "{}", """{ "x" : "\"{" }""", """{"long":"0123456789012345678901234567890123456789"}""");

    /// <summary>However a body comes, its requests are those that it has, to the byte.</summary>
    [Fact]
    public void Read_AnyBodyInAnyPieces_GivesItsRequests() =>
        Prop.ForAll(Element.ListOf().ToArbitrary(), Gen.Elements("", " ", "\n  ").ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (elements, space, piece) =>
        {
            var body = $$"""{{space}}{{{space}}"requests"{{space}}:{{space}}[{{space}}{{string.Join($"{space},{space}", elements)}}{{space}}]{{space}}}{{space}}""";
            Assert.Equal(elements, Read(body, piece, 1000));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("", "body", "malformed_json")]
    [InlineData("[]", "body", "malformed_json")]
    [InlineData("{}", "requests", "missing_field")]
    [InlineData("""{"requests":1}""", "requests", "invalid_type")]
    [InlineData("""{"requests":[1]}""", "requests[0]", "invalid_type")]
    [InlineData("""{"requests":[{},null]}""", "requests[1]", "invalid_type")]
    [InlineData("""{"requests":[{}]""", "body", "malformed_json")]
    [InlineData("""{"requests":[{}""", "body", "malformed_json")]
    [InlineData("""{"requests":[{"a":}]}""", "body", "malformed_json")]
    [InlineData("""{"requests":[]} x""", "body", "malformed_json")]
    [InlineData("""{"requests":[],"requests":[]}""", "requests", "duplicate_field")]
    [InlineData("""{"requests":[],"model":"a"}""", "model", "unknown_field")]
    [InlineData("""{"model":"a","requests":[]}""", "model", "unknown_field")]
    [InlineData("""{"\ud800":1}""", "body", "malformed_json")]
    public void Read_WhatIsNone_NamesItWhateverThePieces(string body, string field, string code)
    {
        foreach (var piece in (int[])[1, 7, 1000])
        {
            var refused = Assert.Throws<GatewayException>(() => Read(body, piece, 1000));
            Assert.Equal((400, field, code), (refused.Status, refused.Error.Param, refused.Error.Code));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Read_RequestThatIsTooLarge_IsRefusedAndNamed(int piece)
    {
        var refused = Assert.Throws<GatewayException>(() => Read($$"""{"requests":[{},{"a":"{{new string('x', 5000)}}"}]}""", piece, 1000));

        Assert.Equal((413, "requests[1]"), (refused.Status, refused.Error.Param));
    }

    [Theory]
    [InlineData("""{"params":{}}""", "requests[3].custom_id")]
    [InlineData("""{"custom_id":"a b","params":{}}""", "requests[3].custom_id")]
    [InlineData("""{"custom_id":"","params":{}}""", "requests[3].custom_id")]
    [InlineData("""{"custom_id":"a"}""", "requests[3].params")]
    [InlineData("""{"custom_id":"a","params":[]}""", "requests[3].params")]
    [InlineData("""{"custom_id":"a","params":{},"url":"/"}""", "requests[3].url")]
    public void Request_WithAFieldAtFault_NamesIt(string element, string field) =>
        Assert.Equal(field, Assert.Throws<GatewayException>(() => MessageRequest.Read(Encoding.UTF8.GetBytes(element), 3)).Error.Param);

    [Fact]
    public void Request_AsALine_HasItsParamsAsBody()
    {
        var (name, line) = MessageRequest.Read("""{"custom_id":"a-1_B","params":{"model":"é","list":[1.50,"\n"]}}"""u8.ToArray(), 0);
        var json = JsonDocument.Parse(line).RootElement;

        Assert.Equal(("a-1_B", "a-1_B", "/v1/messages"), (name, json.GetProperty("custom_id").GetString(), json.GetProperty("url").GetString()));
        Assert.Equal("""{"model":"é","list":[1.50,"\n"]}""", json.GetProperty("body").GetRawText());
        Assert.Equal(-1, line.Span.IndexOf((byte)'\n'));
    }

    private static List<string> Read(string body, int piece, int maxBytes)
    {
        var elements = new List<string>();
        var reading = MessageBatchBody.ReadAsync(new PiecewiseStream(Encoding.UTF8.GetBytes(body), piece), maxBytes, default).GetAsyncEnumerator();
        while (reading.MoveNextAsync().AsTask().GetAwaiter().GetResult()) elements.Add(Encoding.UTF8.GetString(reading.Current.Span));
        return elements;
    }
}
