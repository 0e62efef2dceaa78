Console.Error.WriteLine("local: not composed yet");
return 2;
