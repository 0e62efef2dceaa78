using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class JsonAnswerTests
{
    [Fact]
    public void Serialize_Answer_LeavesTheBodyOut()
    {
        var json = JsonSerializer.Serialize(new JsonAnswer(new { answer = "canary" }));

        Assert.DoesNotContain("canary", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteResult_Answer_WritesBodyStatusAndETag()
    {
        var http = new DefaultHttpContext();
        using var written = new MemoryStream();
        http.Response.Body = written;

        await new JsonAnswer(new { answer = 42 }, StatusCodes.Status201Created) { ETag = "v1" }.ExecuteResultAsync(new ActionContext { HttpContext = http });

        Assert.Equal("""{"answer":42}""", Encoding.UTF8.GetString(written.ToArray()));
        Assert.Equal(StatusCodes.Status201Created, http.Response.StatusCode);
        Assert.Equal("\"v1\"", http.Response.Headers.ETag);
    }
}
