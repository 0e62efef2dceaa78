using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Tests.Clients;

public sealed class KeyDigestTests
{
    /// <summary>FIPS 180-4's example of one block.</summary>
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_IsSha256_AndWrittenAsBefore()
    {
        Assert.Equal(Abc, KeyDigest.Of("abc").ToString());
        Assert.Equal($"\"{Abc}\"", JsonSerializer.Serialize(KeyDigest.Of("abc"), WireJson.Options));
        Assert.Equal(KeyDigest.Of("abc"), JsonSerializer.Deserialize<KeyDigest>($"\"{Abc}\"", WireJson.Options));
        Assert.Equal(ClientKey.Hash(new string('é', 2000)), KeyDigest.Of(new string('é', 2000)).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba78")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("za7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad00")]
    public void Parse_OfSomethingElse_IsNobodys(string hash)
    {
        var digest = KeyDigest.Parse(hash);
        Assert.True(digest.IsNone);
        Assert.False(digest.Matches(KeyDigest.Of("abc")));
        Assert.False(KeyDigest.Of("abc").Matches(digest));
        Assert.False(digest.Matches(default));
        Assert.Equal("", digest.ToString());
        Assert.False(ClientKey.Matches("abc", hash));
    }

    [Fact]
    public void Matches_AnyBitChanged_IsFalse()
    {
        var digest = KeyDigest.Of("abc");
        Assert.True(digest.Matches(KeyDigest.Parse(Abc)));
        for (var i = 0; i < Abc.Length; i++)
        {
            var changed = Abc.ToCharArray();
            changed[i] = changed[i] == '0' ? '1' : '0';
            Assert.False(digest.Matches(KeyDigest.Parse(changed)), $"digit {i}");
        }
    }

    /// <summary>A list as earlier releases wrote it, ids of keys included, takes the same keys when it is held packed, and is written as it was.</summary>
    [Fact]
    public void Packed_ListOfAnEarlierRelease_TakesTheSameKeys()
    {
        var (id, now) = (ClientKey.NewId(), DateTimeOffset.UnixEpoch);
        var key = ClientKey.NewKey(id);
        var hash = ClientKey.Hash(key);
        var stored = $$$"""
            {"revision":1,"write_id":"w","clients":{"{{{id}}}":{"id":"{{{id}}}","name":"a","keys":[{"id":"{{{hash[..12]}}}","hash":"{{{hash}}}","created_at":"1970-01-01T00:00:00+00:00"}],"groups":["g"]} } }
            """;
        var list = JsonSerializer.Deserialize<ClientList>(stored, WireJson.Options)!.Packed();
        var client = list.Clients[id];
        Assert.True(client.Takes(key, now));
        Assert.False(client.Takes(key + "x", now));
        Assert.Equal(hash[..12], client.AllKeys.Single().Id);
        Assert.Equal(["g"], client.Groups);
        var written = JsonSerializer.SerializeToElement(list, WireJson.Options).GetProperty("clients").GetProperty(id).GetProperty("keys")[0];
        Assert.Equal((hash[..12], hash), (written.GetProperty("id").GetString(), written.GetProperty("hash").GetString()));
    }
}
