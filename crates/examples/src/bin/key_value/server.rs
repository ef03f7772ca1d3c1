//! Answers the requests that come over the socket.

use std::{
    error::Error,
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use strongroom::{ExposeSecret, Plaintext};
use tokio::{
    io::AsyncWriteExt,
    net::{UnixListener, UnixStream},
    runtime, task,
};

use crate::lines::Lines;
use crate::values::{Failure, Values};

pub(crate) fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    match args {
        [command, file] if command == "create" => Ok(Values::create(file.into(), io::stdin().as_fd())?),
        [command, file, socket] if command == "serve" => {
            let runtime = runtime::Builder::new_multi_thread().enable_io().build()?;
            runtime.block_on(serve(file.into(), Path::new(socket)))
        }
        _ => Err("key_value create FILE, or key_value serve FILE SOCKET".into()),
    }
}

async fn serve(file: PathBuf, socket: &Path) -> Result<(), Box<dyn Error>> {
    let values = Values::open(file)?;
    let listener = UnixListener::bind(socket)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let values = values.clone();
        task::spawn(async move {
            if let Err(error) = talk(&values, stream).await {
                eprintln!("key_value: a connection ended: {error}");
            }
        });
    }
}

async fn talk(values: &Values, stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = Lines::new(read);
    while let Some(line) = lines.next().await? {
        match answer(values, line).await {
            Ok(Answer::Done) => write.write_all(b"OK\n").await?,
            Ok(Answer::Value(text)) => {
                for part in ["VALUE ", text.expose_secret(), "\n"] {
                    write.write_all(part.as_bytes()).await?;
                }
            }
            Err(failure) => write.write_all(format!("ERR {failure}\n").as_bytes()).await?,
        }
    }
    Ok(())
}

enum Answer {
    Done,
    Value(Plaintext),
}

async fn answer(values: &Values, line: &str) -> Result<Answer, Failure> {
    match line.split_once(' ') {
        Some(("GET", name)) => return Ok(Answer::Value(values.get(name).await?)),
        Some(("SET", pair)) => {
            let (name, value) = pair.split_once(' ').ok_or(Failure::Request)?;
            values.set(name, value).await?;
        }
        Some(("UNLOCK", password)) => values.unlock(password).await?,
        None if line == "LOCK" => values.lock().await?,
        _ => return Err(Failure::Request),
    }
    Ok(Answer::Done)
}
